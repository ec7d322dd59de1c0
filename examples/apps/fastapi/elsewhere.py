"""Calls of elsewhere, and its sessions page on the app's origin."""
import os
from http.cookiejar import CookieJar, DefaultCookiePolicy

import httpx
from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse
from starlette.background import BackgroundTask

ADMIN_TOKEN = os.environ["ADMIN_TOKEN"]
PUBLIC_URL = os.environ.get("PUBLIC_URL", "http://127.0.0.1:4433")
ADMIN_URL = os.environ.get("ADMIN_URL", "http://127.0.0.1:4434")

# Without a memory for cookies: it would send one visitor's cookie with the requests of others.
client = httpx.AsyncClient(cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])), trust_env=False)
router = APIRouter()


async def ask(path, cookie, **query):
    """Asks the public API with a visitor's cookie. None if nobody is signed in."""
    # No other header of the request: Origin and Sec-Fetch-Site describe a request to this app.
    headers = {"Cookie": (cookie or "").encode("latin-1")}
    answer = await client.get(PUBLIC_URL + path, params=query, headers=headers)
    return None if answer.status_code == 401 else answer.raise_for_status()


async def whoami(cookie, **query):
    """The session of a cookie, with the cookies that renew it, or None."""
    answer = await ask("/sessions/whoami", cookie, **query)
    return answer and answer.json() | {"renewed": answer.headers.get_list("set-cookie")}


async def admin(method, path, body=None):
    headers = {"Authorization": f"Bearer {ADMIN_TOKEN}"}
    return (await client.request(method, ADMIN_URL + path, json=body, headers=headers)).raise_for_status()


# Headers that belong to one connection (RFC 9110 §7.6.1), and one that this app sets itself.
DROPPED = {b"connection", b"keep-alive", b"te", b"trailer", b"transfer-encoding", b"upgrade", b"x-forwarded-for"}


def end_to_end(headers):
    return [(name, value) for name, value in headers if name.lower() not in DROPPED]


@router.api_route("/ui/{path:path}", methods=["GET", "HEAD", "POST"])
@router.api_route("/sessions", methods=["GET", "HEAD", "DELETE"])
@router.api_route("/sessions/{path:path}", methods=["GET", "HEAD", "PATCH", "DELETE"])
@router.api_route("/session-binding/{path:path}", methods=["POST"])
@router.api_route("/self-service/{path:path}", methods=["GET", "HEAD", "DELETE"])
async def proxy(request: Request):
    """The sessions page and its calls, on this app's origin."""
    target = request.scope["raw_path"] + b"?" + request.scope["query_string"]
    headers = [*end_to_end(request.headers.raw), (b"x-forwarded-for", request.client.host.encode())]
    url = httpx.URL(PUBLIC_URL).copy_with(raw_path=target)
    onward = httpx.Request(request.method, url, headers=headers, content=request.stream())
    answer = await client.send(onward, stream=True)
    response = StreamingResponse(answer.aiter_raw(), answer.status_code, background=BackgroundTask(answer.aclose))
    response.raw_headers = end_to_end(answer.headers.raw)
    return response
