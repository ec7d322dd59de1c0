// A login system with a password form, which keeps its sessions in elsewhere.
import { createServer } from "node:http";
import { fileURLToPath } from "node:url";
import express from "express";
import { admin, logoutLink, sessionsPage, whoami } from "./elsewhere.js";
import { connect, receive } from "./live.js";
import { authenticate } from "./people.js";
import { secondService } from "./second-service.js";

const { PORT = "3000", ORIGIN = "http://127.0.0.1:3000" } = process.env;

async function readSession(request, response, next) {
  request.session = await whoami(request.headers.cookie);
  for (const cookie of request.session?.renewed ?? []) response.append("Set-Cookie", cookie);
  next();
}

function requireSession(request, response, next) {
  if (request.session) return next();
  response.redirect(303, `/sign-in?return_to=${encodeURIComponent(request.originalUrl)}`);
}

// A page of another site must not sign its visitor out, or in as somebody else. There is no session
// yet that a token could belong to, and none is needed: browsers state which site sends a form.
function requireSameOrigin(request, response, next) {
  const site = request.get("Sec-Fetch-Site");
  if (site ? site === "same-origin" : request.get("Origin") === ORIGIN) return next();
  response.status(403).send("This form was sent by another site.");
}

const app = express().disable("x-powered-by");
app.use(sessionsPage);

const policy = "default-src 'none'; script-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; " +
  "frame-ancestors 'none'";
app.use((request, response, next) => {
  response.set({ "Content-Security-Policy": policy, "X-Content-Type-Options": "nosniff", "Cache-Control": "no-store" });
  next();
});

const page = (title, body) => `<!doctype html><html lang="en"><meta charset="utf-8"><title>${title}</title>
<meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark">
<main><h1>${title}</h1>${body}</main></html>`;
const escaped = (text) => text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);

app.get("/", readSession, requireSession, ({ session }, response) => {
  response.send(page("Home", `<p>Signed in as <b>${escaped(session.identity.traits.email)}</b></p>
<p>Connection: <span id="live" role="status"></span></p><script src="/connection.js"></script>
<p><a href="/ui/sessions">Where you are signed in</a></p>
<p><a href="/second-service">Ask the second service</a></p>
<form method="post" action="/sign-out"><button>Sign out</button></form>`));
});
const script = fileURLToPath(new URL("connection.js", import.meta.url));
app.get("/connection.js", (request, response) => response.sendFile(script));

// A form without an action is sent to the address of its page, which has return_to.
const signInPage = (message) => page("Sign in", `<p role="alert">${message}</p><form method="post">
<p><label>E-mail <input name="email" type="email" autocomplete="username" required autofocus></label></p>
<p><label>Password <input name="password" type="password" autocomplete="current-password" required></label></p>
<button>Sign in</button></form>`);
const form = express.urlencoded({ extended: false });
app.get("/sign-in", (request, response) => response.send(signInPage("")));
app.post("/sign-in", requireSameOrigin, form, readSession, async (request, response) => {
  const { email, password } = request.body ?? {};
  const person = await authenticate(String(email), String(password));
  if (!person) return response.status(401).send(signInPage("The address or the password is wrong."));
  const issued = await admin("POST", `/admin/identities/${person.id}/sessions`, {
    identity: { schema_id: "person", traits: { email: person.email } },
    authentication_methods: [{ method: "password", aal: "aal1" }],
    device: { ip_address: request.ip, user_agent: request.get("User-Agent") },
  });
  // The browser forgets the cookie of the former session. If that one cannot be ended, the new one is valid anyway.
  if (request.session) await admin("DELETE", `/admin/sessions/${request.session.id}`).catch(console.error);
  // Behind the origin, every text is a path of this app. By itself, "//host" is another host.
  const path = String(request.query.return_to ?? "/");
  response.set("Set-Cookie", issued.session_cookie);
  if (issued.session_binding) response.set("Secure-Session-Registration", issued.session_binding);
  response.redirect(303, ORIGIN + (path.startsWith("/") ? path : "/"));
});

app.post("/sign-out", requireSameOrigin, async (request, response) => {
  response.redirect(303, (await logoutLink(request.headers.cookie)) ?? "/");
});

// The JWT proves the session to the second service, for a minute.
app.get("/second-service", readSession, requireSession, async (request, response) => {
  const session = await whoami(request.headers.cookie, "?tokenize_as=second_service");
  const headers = { Authorization: `Bearer ${session?.tokenized}` };
  const answer = await fetch(`http://127.0.0.1:${PORT}/api/second-service`, { headers });
  response.status(answer.status).type("json").send(await answer.text());
});
app.get("/api/second-service", secondService);
app.post("/webhooks/elsewhere", express.raw({ type: "application/json", limit: "64kb" }), receive);

// While elsewhere does not answer, nobody is signed out. Express's own handler would show the stack.
app.use((error, request, response, next) => {
  console.error(error);
  response.status(error.status ?? 503).send("Please try again later.");
});

const server = createServer(app).on("upgrade", connect);
server.listen(PORT, "127.0.0.1", () => console.log(`listening on ${ORIGIN}`));
