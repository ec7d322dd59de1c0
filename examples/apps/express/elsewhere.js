// Calls of elsewhere, and its sessions page on the app's origin.
import { createProxyMiddleware } from "http-proxy-middleware";

const { ADMIN_TOKEN } = process.env;
if (!ADMIN_TOKEN) throw new Error("ADMIN_TOKEN is not set: load secrets/app.env first");
const { PUBLIC_URL = "http://127.0.0.1:4433", ADMIN_URL = "http://127.0.0.1:4434" } = process.env;

const call = (url, options) => fetch(url, { signal: AbortSignal.timeout(5000), ...options });

// Asks the public API with a visitor's cookie. Null if nobody is signed in.
async function ask(path, cookie = "") {
  // No other header of the request: Origin and Sec-Fetch-Site describe a request to this app.
  const answer = await call(PUBLIC_URL + path, { headers: { Cookie: cookie } });
  if (answer.status === 401) return null;
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  return { ...(await answer.json()), renewed: answer.headers.getSetCookie() };
}

// The session of a cookie, with the cookies that renew it, or null.
export const whoami = (cookie, query = "") => ask(`/sessions/whoami${query}`, cookie);

// A link that ends the session, removes the cookie, and leads to ui.home_url; null if nobody is signed in.
export const logoutLink = async (cookie) => (await ask("/self-service/logout/browser", cookie))?.logout_url;

export async function admin(method, path, body) {
  const headers = { Authorization: `Bearer ${ADMIN_TOKEN}`, "Content-Type": "application/json" };
  const answer = await call(ADMIN_URL + path, { method, headers, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status}`);
  return answer.status === 204 ? null : answer.json();
}

// If a proxy stands in front of this app, set Express's "trust proxy": request.ip is the visitor's then.
const setVisitor = (onward, request) => onward.setHeader("X-Forwarded-For", request.ip);
export const sessionsPage = createProxyMiddleware({
  target: PUBLIC_URL,
  pathFilter: ["/ui/", "/sessions", "/session-binding/", "/self-service/"],
  on: { proxyReq: setVisitor },
});
