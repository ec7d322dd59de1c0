// Connections that end with their session.
import { Webhook } from "standardwebhooks";
import { WebSocketServer } from "ws";
import { whoami } from "./elsewhere.js";

const { ORIGIN = "http://127.0.0.1:3000", WEBHOOK_SECRET } = process.env;
const webhook = new Webhook(WEBHOOK_SECRET);
const live = new WebSocketServer({ noServer: true, maxPayload: 1024 });
const end = (socket) => socket.close(4001, "You were signed out");

// Serves WebSockets at /live.
export async function connect(request, stream, head) {
  stream.on("error", () => stream.destroy());
  const { cookie, origin } = request.headers;
  // A page of another site can connect, too. Only its Origin gives it away.
  const isOurs = request.url === "/live" && origin === ORIGIN;
  const session = isOurs ? await whoami(cookie).catch(() => null) : null;
  if (!session) return stream.end("HTTP/1.1 401 Unauthorized\r\nConnection: close\r\n\r\n");
  live.handleUpgrade(request, stream, head, async (socket) => {
    socket.on("error", () => socket.terminate());
    socket.sessionId = session.id;
    try {
      // A session that has ended before this line has no webhook any more that would find the socket.
      if (await whoami(cookie)) socket.send("connected");
      else end(socket);
    } catch {
      socket.close(1011);
    }
  });
}

// Receives webhooks.
export function receive(request, response) {
  let event;
  try {
    event = webhook.verify(request.body, request.headers);
  } catch {
    return response.sendStatus(400);
  }
  for (const socket of live.clients) if (socket.sessionId === event.data.session_id) end(socket);
  response.sendStatus(204);
}
