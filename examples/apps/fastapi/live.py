"""Connections that end with their session."""
import os

from fastapi import APIRouter, HTTPException, Request, WebSocket
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from elsewhere import whoami

ORIGIN = os.environ.get("ORIGIN", "http://127.0.0.1:3000")
webhook = Webhook(os.environ["WEBHOOK_SECRET"])
router = APIRouter()
live: dict[WebSocket, str] = {}


async def end(socket):
    if live.pop(socket, None):
        await socket.close(4001, "You were signed out")


@router.websocket("/live")
async def connect(socket: WebSocket):
    cookie = socket.headers.get("cookie")
    # A page of another site can connect, too. Only its Origin gives it away.
    session = await whoami(cookie) if socket.headers.get("origin") == ORIGIN else None
    if session is None:
        return await socket.close()  # with 403, because it was not accepted
    await socket.accept()
    live[socket] = session["id"]
    try:
        # A session that has ended before this line has no webhook any more that would find the socket.
        if await whoami(cookie) is None:
            await end(socket)
        if socket in live:
            await socket.send_text("connected")
            await socket.receive()  # until the end: the page sends nothing
    finally:
        live.pop(socket, None)


async def read(request):
    """The body of a webhook. A stranger could send one that is larger than the memory."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > 2**16:
            raise HTTPException(413)
    return body


@router.post("/webhooks/elsewhere", status_code=204)
async def receive(request: Request):
    try:
        event = webhook.verify(await read(request), dict(request.headers))
    except (WebhookVerificationError, ValueError):  # ValueError: a signature or body that cannot be decoded
        raise HTTPException(400) from None
    for socket in [socket for socket, session in live.items() if session == event["data"]["session_id"]]:
        await end(socket)
