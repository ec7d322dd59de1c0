"""Shows that Ory's Python client works unchanged against a running service.

PUBLIC and ADMIN are its base URLs. The last line is "ok: N checks".
"""

import json
import os
import re
import sys
import traceback
from datetime import datetime
from urllib.parse import parse_qs, urlsplit
from urllib.request import Request, urlopen
from uuid import UUID, uuid4

import ory_client
from ory_client.exceptions import ApiException

EVERYTHING = ["identity", "devices"]
checks = 0


def check(what, actual, expected=True):
    global checks
    # 1 == True, but a number in the place of a boolean is a wrong answer.
    if type(actual) is not type(expected) or actual != expected:
        raise AssertionError(f"{what}: {actual!r} in the place of {expected!r}")
    checks += 1


def issue(identity, number):
    """No client of Ory's can issue a session, so this one call is made without it."""
    body = {
        "identity": {"schema_id": "person", "traits": {"email": f"{identity}@example.org"}},
        "authentication_methods": [{"method": "password", "aal": "aal1"}],
        "device": {
            "ip_address": f"203.0.113.{number}",
            "user_agent": f"Example/{number}",
            "location": "Lisbon, PT",
        },
    }
    request = Request(
        f"{os.environ['ADMIN']}/admin/identities/{identity}/sessions",
        json.dumps(body).encode(),
        {"Content-Type": "application/json"},
    )
    with urlopen(request, timeout=30) as answer:
        issued = json.load(answer)
    issued["id"] = UUID(issued["session"]["id"])
    return issued


def refused(what, status, call, *arguments, is_typed=True, **named):
    try:
        call(*arguments, **named)
    except ApiException as error:
        check(f"{what}: status", error.status, status)
        check(f"{what}: code", json.loads(error.body)["error"]["code"], status)
        # The client hides that it could not read an error: then there is no data. What
        # it was generated from describes the 404 of no call that is made here.
        check(f"{what}: is typed", error.data is not None, is_typed and status != 404)
        if error.data is not None:
            check(f"{what}: message", type(error.data.error.message), str)
    else:
        raise AssertionError(f"{what}: was not refused")


def next_token(headers):
    """The page token that rel="next" leads to, or None; names of headers have any case."""
    link = next((value for name, value in headers.items() if name.lower() == "link"), "")
    target = re.search(r'<([^>]*)>;\s*rel="next"', link)
    return target and parse_qs(urlsplit(target[1]).query)["page_token"][0]


def walk(what, size, call, *arguments, **named):
    """Every page but the last has to be full: a walk that stops early would show."""
    sessions, token = [], None
    while True:
        answer = call(*arguments, page_size=size, page_token=token, **named)
        after = next_token(answer.headers)
        check(f"{what}: a page is full", len(answer.data) == size or after is None)
        assert after is None or after != token, f"{what}: a page leads to itself"
        sessions += answer.data
        token = after
        if token is None:
            break
    check(f"{what}: each session exactly once", len(set(ids(sessions))), len(sessions))
    return sessions


def ids(sessions):
    return [session.id for session in sessions]


def is_time(what, time):
    check(f"{what} is a time", type(time), datetime)
    check(f"{what} has a zone", time.tzinfo is not None)


def is_complete(session, identity, number):
    """The fields that applications read, with their types."""
    check("active is a boolean", type(session.active), bool)
    aal1 = ory_client.AuthenticatorAssuranceLevel.AAL1
    check("authenticator_assurance_level", session.authenticator_assurance_level, aal1)
    for name in ("issued_at", "authenticated_at", "expires_at"):
        is_time(name, getattr(session, name))
    check("authenticated_at", session.authenticated_at, session.issued_at)
    check("expires_at is later", session.expires_at > session.issued_at)
    check("one authentication method", len(session.authentication_methods), 1)
    method = session.authentication_methods[0]
    check("its method", method.method, "password")
    check("its level", method.aal, aal1)
    is_time("completed_at", method.completed_at)
    check("one device", len(session.devices), 1)
    device = session.devices[0]
    check("its address", device.ip_address, f"203.0.113.{number}")
    check("its user agent", device.user_agent, f"Example/{number}")
    check("its location", device.location, "Lisbon, PT")
    check("identity.id", session.identity.id, identity)
    check("identity.schema_id", session.identity.schema_id, "person")
    check("identity.schema_url", type(session.identity.schema_url), str)
    check("identity.state", session.identity.state, "active")
    check("identity.traits", session.identity.traits, {"email": f"{identity}@example.org"})
    is_time("identity.created_at", session.identity.created_at)
    is_time("identity.updated_at", session.identity.updated_at)


def run(frontend, admin):
    identity = uuid4()
    issued = [issue(identity, number) for number in range(1, 8)]
    current = issued.pop()
    token = {"x_session_token": current["session_token"]}
    cookie = {"cookie": current["session_cookie"].split(";")[0]}
    newest_first = [one["id"] for one in reversed(issued)]

    # Who am I? By token and by cookie.
    for credential in (token, cookie):
        session = frontend.to_session(**credential)
        check("to_session: id", session.id, current["id"])
        is_complete(session, identity, 7)
    refused("to_session without a credential", 401, frontend.to_session)

    # Where else am I signed in?
    for credential in (token, cookie):
        sessions = frontend.list_my_sessions(**credential)
        check("list_my_sessions: the six others, newest first", ids(sessions), newest_first)
        for index, session in enumerate(sessions):
            is_complete(session, identity, 6 - index)
    mine = walk("list_my_sessions", 2, frontend.list_my_sessions_with_http_info, **token)
    check("list_my_sessions: the pages are the list", ids(mine), newest_first)

    # Not there any more.
    revoked = issued[0]
    answer = frontend.disable_my_session_with_http_info(str(revoked["id"]), **token)
    check("disable_my_session: status", answer.status_code, 204)
    left = frontend.list_my_sessions(**token)
    check("list_my_sessions: five are left", ids(left), newest_first[:5])
    refused(
        "to_session with the revoked token",
        401,
        frontend.to_session,
        x_session_token=revoked["session_token"],
    )
    refused(
        "disable_my_session of the current one",
        400,
        frontend.disable_my_session,
        str(current["id"]),
        **token,
    )

    # An operator extends one, ...
    one = str(issued[1]["id"])
    extended = admin.extend_session_with_http_info(one)
    check("extend_session: status", extended.status_code, 200)
    check("extend_session: id", extended.data.id, issued[1]["id"])
    before = ory_client.Session.from_dict(issued[1]["session"]).expires_at
    check("extend_session: it lives longer", extended.data.expires_at > before)

    # ... looks at it, ...
    shown = admin.get_session(one, expand=EVERYTHING)
    check("get_session: id", shown.id, issued[1]["id"])
    check("get_session: expires_at", shown.expires_at, extended.data.expires_at)
    check("get_session: active", shown.active)
    is_complete(shown, identity, 2)
    refused("get_session of none", 404, admin.get_session, str(uuid4()))

    # ... and ends it.
    check("disable_session: status", admin.disable_session_with_http_info(one).status_code, 204)
    check("get_session: not active", admin.get_session(one).active, False)
    refused(
        "to_session with the token that was disabled",
        401,
        frontend.to_session,
        x_session_token=issued[1]["session_token"],
    )

    # Everyone's sessions, of which those of others may be any number.
    everyone = walk("list_sessions", 2, admin.list_sessions_with_http_info, expand=EVERYTHING)
    own = [session for session in everyone if session.identity.id == identity]
    check("list_sessions: all seven", ids(own), [current["id"], *newest_first])
    for index, session in enumerate(own):
        is_complete(session, identity, 7 - index)
    check(
        "list_sessions: two have ended",
        [session.active for session in own],
        [True, True, True, True, True, False, False],
    )
    for active, expected in (
        (True, [current["id"], *newest_first[:4]]),
        (False, newest_first[4:]),
    ):
        sessions = walk(
            "list_identity_sessions",
            2,
            admin.list_identity_sessions_with_http_info,
            str(identity),
            active=active,
        )
        check(f"list_identity_sessions: active {active}", ids(sessions), expected)

    # Several at once.
    managed = admin.manage_sessions(
        ory_client.ManageSessionsBody(action="disable", sessions=[str(issued[2]["id"])])
    )
    check("manage_sessions: processed", managed.processed, 1)
    check("manage_sessions: more", managed.more, False)

    # Nowhere else.
    check("disable_my_other_sessions: count", frontend.disable_my_other_sessions(**cookie).count, 3)
    check("list_my_sessions: none", frontend.list_my_sessions(**token), [])
    check("to_session: the current one lives", frontend.to_session(**token).id, current["id"])

    # Out.
    app = issue(identity, 8)
    body = ory_client.PerformNativeLogoutBody(session_token=app["session_token"])
    answer = frontend.perform_native_logout_with_http_info(body)
    check("perform_native_logout: status", answer.status_code, 204)
    refused("after logout", 401, frontend.to_session, x_session_token=app["session_token"])
    nobodys = ory_client.PerformNativeLogoutBody(session_token="nobody's")
    refused("nobody", 403, frontend.perform_native_logout, nobodys, is_typed=False)
    browser = issue(identity, 9)["session_cookie"].split(";")[0]
    flow = frontend.create_browser_logout_flow(cookie=browser)
    check("logout_url", flow.logout_url.endswith(f"token={flow.logout_token}"))
    answer = frontend.update_logout_flow_with_http_info(
        token=flow.logout_token, cookie=browser, _headers={"Accept": "application/json"}
    )
    check("update_logout_flow: status", answer.status_code, 204)
    refused("after logout", 401, frontend.to_session, cookie=browser)

    answer = admin.delete_identity_sessions_with_http_info(str(identity))
    check("delete_identity_sessions: status", answer.status_code, 204)
    check("list_identity_sessions: none", admin.list_identity_sessions(str(identity)), [])
    refused("to_session after deletion", 401, frontend.to_session, **token)
    refused("list_my_sessions after deletion", 401, frontend.list_my_sessions, **cookie)


def client(variable):
    if not os.environ.get(variable):
        sys.exit("PUBLIC and ADMIN have to be base URLs")
    return ory_client.ApiClient(ory_client.Configuration(host=os.environ[variable]))


if __name__ == "__main__":
    with client("PUBLIC") as public_side, client("ADMIN") as admin_side:
        try:
            run(ory_client.FrontendApi(public_side), ory_client.IdentityApi(admin_side))
        except Exception as error:  # whatever it is, it says how far this came
            traceback.print_exc()
            sys.exit(f"failed after {checks} checks: {error}")
    print(f"ok: {checks} checks")
