// Receives webhooks, verifies them, and prints each event once.
//
//     npm install standardwebhooks@1.1.1
//     SECRET=whsec_… PORT=8080 node receiver.mjs
import { createServer } from "node:http";
import { Webhook } from "standardwebhooks";

const webhook = new Webhook(process.env.SECRET);
// A real receiver keeps the ids for some days, where its other replicas see them, too.
const seen = new Set();

const server = createServer(async (request, response) => {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const body = Buffer.concat(chunks).toString();
  let event;
  try {
    event = webhook.verify(body, request.headers);
  } catch {
    response.writeHead(400).end();
    return;
  }
  // A message is repeated until its sender has had an answer.
  const id = request.headers["webhook-id"];
  if (!seen.has(id)) {
    seen.add(id);
    console.log(event.type, event.data.session_id);
  }
  response.writeHead(204).end();
});
server.listen(process.env.PORT, "127.0.0.1", () => console.log("listening on", server.address().port));
