"""A login system with a password form, which keeps its sessions in elsewhere."""
import html
import logging
import os
from typing import Annotated
from urllib.parse import urlencode

import httpx
import uvicorn
from fastapi import Depends, FastAPI, Form, HTTPException, Request, Response
from fastapi.responses import FileResponse, HTMLResponse, PlainTextResponse, RedirectResponse

import elsewhere
import live
import second_service
from elsewhere import admin, client, whoami
from people import authenticate

PORT = int(os.environ.get("PORT", "3000"))
ORIGIN = os.environ.get("ORIGIN", "http://127.0.0.1:3000")


async def read_session(request: Request):
    request.state.session = await whoami(request.headers.get("cookie"))
    return request.state.session


async def require_session(request: Request, session: Annotated[dict | None, Depends(read_session)]):
    if session is None:
        path = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        raise HTTPException(303, headers={"Location": f"/sign-in?{urlencode({'return_to': path})}"})
    return session


def require_same_origin(request: Request):
    """A page of another site must not sign its visitor out, or in as somebody else. There is no session
    yet that a token could belong to, and none is needed: browsers state which site sends a form."""
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    if not (site == "same-origin" if site else origin == ORIGIN):
        raise HTTPException(403, "This form was sent by another site.")


Session = Annotated[dict, Depends(require_session)]
app = FastAPI(openapi_url=None)
for module in (elsewhere, live, second_service):
    app.include_router(module.router)
POLICY = (
    "default-src 'none'; script-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)


@app.middleware("http")
async def add_headers(request: Request, call_next):
    response = await call_next(request)
    response.headers.setdefault("Content-Security-Policy", POLICY)
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Cache-Control", "no-store")
    for cookie in (getattr(request.state, "session", None) or {}).get("renewed", []):
        response.headers.append("Set-Cookie", cookie)
    return response


@app.exception_handler(httpx.HTTPError)
def unavailable(request, error):
    """While elsewhere does not answer, nobody is signed out."""
    return PlainTextResponse("Please try again later.", 503)


def page(title, body, status=200):
    return HTMLResponse(f"""<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark">
<main><h1>{title}</h1>{body}</main></html>""", status)


@app.get("/")
def home(session: Session):
    return page("Home", f"""<p>Signed in as <b>{html.escape(session["identity"]["traits"]["email"])}</b></p>
<p>Connection: <span id="live" role="status"></span></p><script src="/connection.js"></script>
<p><a href="/ui/sessions">Where you are signed in</a></p>
<p><a href="/second-service">Ask the second service</a></p>
<form method="post" action="/sign-out"><button>Sign out</button></form>""")


@app.get("/connection.js")
def script():
    return FileResponse(os.path.join(os.path.dirname(__file__), "connection.js"))


def sign_in_page(message="", status=200):
    # A form without an action is sent to the address of its page, which has return_to.
    return page("Sign in", f"""<p role="alert">{message}</p><form method="post">
<p><label>E-mail <input name="email" type="email" autocomplete="username" required autofocus></label></p>
<p><label>Password <input name="password" type="password" autocomplete="current-password" required></label></p>
<button>Sign in</button></form>""", status)


@app.get("/sign-in")
def show_sign_in():
    return sign_in_page()


@app.post("/sign-in", dependencies=[Depends(require_same_origin)])
async def sign_in(
    request: Request,
    former: Annotated[dict | None, Depends(read_session)],
    email: Annotated[str, Form()] = "",
    password: Annotated[str, Form()] = "",
    return_to: str = "/",
):
    person = await authenticate(email, password)
    if person is None:
        return sign_in_page("The address or the password is wrong.", 401)
    issued = await admin("POST", f"/admin/identities/{person['id']}/sessions", {
        "identity": {"schema_id": "person", "traits": {"email": person["email"]}},
        "authentication_methods": [{"method": "password", "aal": "aal1"}],
        "device": {"ip_address": request.client.host, "user_agent": request.headers.get("user-agent")},
    })
    if former:  # The browser forgets its cookie. If it cannot be ended, the new session is valid anyway.
        request.state.session = None
        try:
            await admin("DELETE", f"/admin/sessions/{former['id']}")
        except httpx.HTTPError:
            logging.exception("The former session was not ended.")
    # Behind the origin, every text is a path of this app. By itself, "//host" is another host.
    response = RedirectResponse(ORIGIN + (return_to if return_to.startswith("/") else "/"), 303)
    response.headers["Set-Cookie"] = issued.json()["session_cookie"]
    if binding := issued.json().get("session_binding"):
        response.headers["Secure-Session-Registration"] = binding
    return response


@app.post("/sign-out", dependencies=[Depends(require_same_origin)])
async def sign_out(request: Request):
    answer = await elsewhere.ask("/self-service/logout/browser", request.headers.get("cookie"))
    # The link ends the session, removes the cookie, and leads to ui.home_url.
    return RedirectResponse(answer.json()["logout_url"] if answer else "/", 303)


@app.get("/second-service")
async def ask_second_service(request: Request, session: Session):
    """The JWT proves the session to the second service, for a minute."""
    session = await whoami(request.headers.get("cookie"), tokenize_as="second_service") or {}
    headers = {"Authorization": f"Bearer {session.get('tokenized')}"}
    answer = await client.get(f"http://127.0.0.1:{PORT}/api/second-service", headers=headers)
    return Response(answer.content, answer.status_code, media_type="application/json")


if __name__ == "__main__":
    # If a proxy stands in front of this app, let uvicorn read X-Forwarded-For from its address only.
    uvicorn.run(app, host="127.0.0.1", port=PORT, proxy_headers=False, ws_max_size=1024, access_log=False)
