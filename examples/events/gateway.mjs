// A gateway that caches whoami, and drops a session from its cache as soon as it ends.
//
//     PUBLIC=http://127.0.0.1:4433 ADMIN=http://127.0.0.1:4434 PORT=8080 node gateway.mjs
//
// ADMIN_TOKEN is the token of the admin API, if it has one. The gateway answers 204 to requests
// with a live session, and 401 to others. It needs no package.
import { createServer } from "node:http";

const { PUBLIC, ADMIN, ADMIN_TOKEN, PORT } = process.env;
// By token. While the stream is down, nothing is cached, so that nothing is stale.
const cache = new Map();
let isCurrent = false;

// The number of events so far.
let generation = 0;

async function whoami(token) {
  const cached = cache.get(token);
  if (cached && Date.parse(cached.expires_at) > Date.now()) return cached;
  // A session that ends while the answer is on its way must not be cached.
  const before = generation;
  const answer = await fetch(`${PUBLIC}/sessions/whoami`, { headers: { "X-Session-Token": token } });
  if (!answer.ok) return null;
  const session = await answer.json();
  if (isCurrent && generation === before) cache.set(token, session);
  return session;
}

function drop(event) {
  generation += 1;
  const { session_id, identity_id } = event.data;
  for (const [token, session] of cache) {
    const isMeant = session_id ? session.id === session_id : session.identity.id === identity_id;
    if (isMeant) cache.delete(token);
  }
}

// The position of the end of the log. Nothing is cached yet, so that older events do not matter.
async function end(headers) {
  let after = "";
  for (;;) {
    const page = await fetch(`${ADMIN}/admin/events?limit=1000${after}`, { headers });
    const { events, next } = await page.json();
    after = `&after=${next}`;
    if (events.length === 0) return next;
  }
}

async function follow() {
  const headers = ADMIN_TOKEN ? { Authorization: `Bearer ${ADMIN_TOKEN}` } : {};
  const after = await end(headers);
  const stream = await fetch(`${ADMIN}/admin/events?after=${after}`, {
    headers: { ...headers, Accept: "text/event-stream" },
  });
  isCurrent = stream.ok;
  let text = "";
  for await (const chunk of stream.body.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    const messages = text.split("\n\n");
    text = messages.pop();
    for (const message of messages) {
      const data = message.split("\n").find((line) => line.startsWith("data:"));
      if (data) drop(JSON.parse(data.slice("data:".length)));
    }
  }
}

async function keepFollowing() {
  for (;;) {
    await follow().catch(() => {});
    isCurrent = false;
    cache.clear();
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
}

const server = createServer(async (request, response) => {
  const token = request.headers["x-session-token"];
  const session = token && (await whoami(token).catch(() => null));
  const headers = { "X-Cached": String(cache.has(token)) };
  response.writeHead(session ? 204 : 401, headers).end();
});
keepFollowing();
server.listen(PORT, "127.0.0.1", () => console.log("listening on", server.address().port));
