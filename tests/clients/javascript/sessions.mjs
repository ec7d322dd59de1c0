// Shows that Ory's JavaScript client works unchanged against a running service.
// PUBLIC and ADMIN are its base URLs. The last line is "ok: N checks".

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import ory from "@ory/client";

const { Configuration, FrontendApi, IdentityApi } = ory;
const { PUBLIC, ADMIN } = process.env;

let checks = 0;
function check(what, actual, expected = true) {
  assert.deepEqual(actual, expected, what);
  checks += 1;
}

// No client of Ory's can issue a session, so this one call is made without it.
async function issue(identity, number) {
  const answer = await fetch(`${ADMIN}/admin/identities/${identity}/sessions`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({
      identity: { schema_id: "person", traits: { email: `${identity}@example.org` } },
      authentication_methods: [{ method: "password", aal: "aal1" }],
      device: {
        ip_address: `203.0.113.${number}`,
        user_agent: `Example/${number}`,
        location: "Lisbon, PT",
      },
    }),
  });
  const body = await answer.text();
  assert.equal(answer.status, 201, `a session is issued: ${body}`);
  return JSON.parse(body);
}

async function refused(what, call, status) {
  const error = await call.then(
    () => assert.fail(`${what}: was not refused`),
    (error) => error,
  );
  check(`${what}: status`, error.response?.status, status);
  check(`${what}: code in the body`, error.response.data.error.code, status);
  check(`${what}: message in the body`, typeof error.response.data.error.message, "string");
}

function nextToken(answer) {
  const next = /<([^>]*)>;\s*rel="next"/.exec(answer.headers.link ?? "");
  return next && new URL(next[1], PUBLIC).searchParams.get("page_token");
}

// Every page but the last has to be full: a walk that stops early would show.
async function walk(what, size, list) {
  const all = [];
  let token;
  do {
    const answer = await list(token);
    const next = nextToken(answer);
    check(`${what}: a page is full`, answer.data.length === size || !next);
    assert.notEqual(next ?? null, token ?? undefined, `${what}: a page leads to itself`);
    all.push(...answer.data);
    token = next;
  } while (token);
  const distinct = new Set(all.map((session) => session.id));
  check(`${what}: each session exactly once`, distinct.size, all.length);
  return all;
}

const ids = (sessions) => sessions.map((session) => session.id);

function isTime(what, text) {
  assert.match(text, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/, what);
  const time = Date.parse(text);
  check(`${what} is a time`, Number.isFinite(time));
  return time;
}

// The fields that applications read.
function isComplete(session, identity, number) {
  check("active is a boolean", typeof session.active, "boolean");
  check("authenticator_assurance_level", session.authenticator_assurance_level, "aal1");
  const issued = isTime("issued_at", session.issued_at);
  check("authenticated_at", isTime("authenticated_at", session.authenticated_at), issued);
  check("expires_at is later", isTime("expires_at", session.expires_at) > issued);
  check("one authentication method", session.authentication_methods.length, 1);
  const [method] = session.authentication_methods;
  check("its method", method.method, "password");
  check("its level", method.aal, "aal1");
  isTime("completed_at", method.completed_at);
  check("one device", session.devices.length, 1);
  const [device] = session.devices;
  check("its address", device.ip_address, `203.0.113.${number}`);
  check("its user agent", device.user_agent, `Example/${number}`);
  check("its location", device.location, "Lisbon, PT");
  check("identity.id", session.identity.id, identity);
  check("identity.schema_id", session.identity.schema_id, "person");
  check("identity.schema_url", typeof session.identity.schema_url, "string");
  check("identity.state", session.identity.state, "active");
  check("identity.traits", session.identity.traits, { email: `${identity}@example.org` });
  isTime("identity.created_at", session.identity.created_at);
  isTime("identity.updated_at", session.identity.updated_at);
}

async function run() {
  assert.ok(PUBLIC && ADMIN, "PUBLIC and ADMIN have to be base URLs");
  const frontend = new FrontendApi(new Configuration({ basePath: PUBLIC }));
  const admin = new IdentityApi(new Configuration({ basePath: ADMIN }));

  const identity = randomUUID();
  const issued = [];
  for (let number = 1; number <= 7; number += 1) issued.push(await issue(identity, number));
  const current = issued.pop();
  const xSessionToken = current.session_token;
  const cookie = current.session_cookie.split(";")[0];
  const newestFirst = ids(issued.map(({ session }) => session)).reverse();

  // Who am I? By token and by cookie.
  for (const credential of [{ xSessionToken }, { cookie }]) {
    const { data } = await frontend.toSession(credential);
    check("toSession: id", data.id, current.session.id);
    isComplete(data, identity, 7);
  }
  await refused("toSession without a credential", frontend.toSession(), 401);

  // Where else am I signed in?
  for (const credential of [{ xSessionToken }, { cookie }]) {
    const { data } = await frontend.listMySessions(credential);
    check("listMySessions: the six others, newest first", ids(data), newestFirst);
    data.forEach((session, index) => isComplete(session, identity, 6 - index));
  }
  const mine = await walk("listMySessions", 2, (pageToken) =>
    frontend.listMySessions({ xSessionToken, pageSize: 2, pageToken }),
  );
  check("listMySessions: the pages are the list", ids(mine), newestFirst);

  // Not there any more.
  const revoked = issued[0];
  const revocation = await frontend.disableMySession({ id: revoked.session.id, xSessionToken });
  check("disableMySession: status", revocation.status, 204);
  const left = await frontend.listMySessions({ xSessionToken });
  check("listMySessions: five are left", ids(left.data), newestFirst.slice(0, 5));
  await refused(
    "toSession with the revoked token",
    frontend.toSession({ xSessionToken: revoked.session_token }),
    401,
  );
  await refused(
    "disableMySession of the current one",
    frontend.disableMySession({ id: current.session.id, xSessionToken }),
    400,
  );

  // An operator extends one, ...
  const { id } = issued[1].session;
  const extended = await admin.extendSession({ id });
  check("extendSession: status", extended.status, 200);
  check("extendSession: id", extended.data.id, id);
  check(
    "extendSession: it lives longer",
    isTime("expires_at", extended.data.expires_at) >
      isTime("expires_at", issued[1].session.expires_at),
  );

  // ... looks at it, ...
  const shown = await admin.getSession({ id, expand: ["identity", "devices"] });
  check("getSession: id", shown.data.id, id);
  check("getSession: expires_at", shown.data.expires_at, extended.data.expires_at);
  check("getSession: active", shown.data.active);
  isComplete(shown.data, identity, 2);
  await refused("getSession of none", admin.getSession({ id: randomUUID() }), 404);

  // ... and ends it.
  check("disableSession: status", (await admin.disableSession({ id })).status, 204);
  check("getSession: not active", (await admin.getSession({ id })).data.active, false);
  await refused(
    "toSession with the token that was disabled",
    frontend.toSession({ xSessionToken: issued[1].session_token }),
    401,
  );

  // Everyone's sessions, of which those of others may be any number.
  const everyone = await walk("listSessions", 2, (pageToken) =>
    admin.listSessions({ pageSize: 2, pageToken, expand: ["identity", "devices"] }),
  );
  const own = everyone.filter((session) => session.identity.id === identity);
  check("listSessions: all seven", ids(own), [current.session.id, ...newestFirst]);
  own.forEach((session, index) => isComplete(session, identity, 7 - index));
  check(
    "listSessions: two have ended",
    own.map((session) => session.active),
    [true, true, true, true, true, false, false],
  );
  for (const [active, expected] of [
    [true, [current.session.id, ...newestFirst.slice(0, 4)]],
    [false, newestFirst.slice(4)],
  ]) {
    const those = await walk("listIdentitySessions", 2, (pageToken) =>
      admin.listIdentitySessions({ id: identity, active, pageSize: 2, pageToken }),
    );
    check(`listIdentitySessions: active ${active}`, ids(those), expected);
  }

  // Several at once.
  const managed = await admin.manageSessions({
    manageSessionsBody: { action: "disable", sessions: [issued[2].session.id] },
  });
  check("manageSessions", managed.data, { processed: 1, more: false });

  // Nowhere else.
  const others = await frontend.disableMyOtherSessions({ cookie });
  check("disableMyOtherSessions: count", others.data, { count: 3 });
  check("listMySessions: none", (await frontend.listMySessions({ xSessionToken })).data, []);
  const still = await frontend.toSession({ xSessionToken });
  check("toSession: the current one lives", still.data.id, current.session.id);

  // Out.
  const app = await issue(identity, 8);
  const signedOut = await frontend.performNativeLogout({
    performNativeLogoutBody: { session_token: app.session_token },
  });
  check("performNativeLogout: status", signedOut.status, 204);
  await refused(
    "toSession after performNativeLogout",
    frontend.toSession({ xSessionToken: app.session_token }),
    401,
  );
  await refused(
    "performNativeLogout with a token of nobody",
    frontend.performNativeLogout({ performNativeLogoutBody: { session_token: "nobody's" } }),
    403,
  );
  const browser = (await issue(identity, 9)).session_cookie.split(";")[0];
  const flow = (await frontend.createBrowserLogoutFlow({ cookie: browser })).data;
  check("createBrowserLogoutFlow: URL", flow.logout_url.endsWith(`token=${flow.logout_token}`));
  const token = flow.logout_token;
  await refused("updateLogoutFlow of another session", frontend.updateLogoutFlow({ token, cookie }), 403);
  const out = await frontend.updateLogoutFlow(
    { token, cookie: browser },
    { headers: { Accept: "application/json" } },
  );
  check("updateLogoutFlow: status", out.status, 204);
  check("updateLogoutFlow: removes the cookie", out.headers["set-cookie"][0].includes("Max-Age=0"));
  await refused("toSession after updateLogoutFlow", frontend.toSession({ cookie: browser }), 401);

  const deletion = await admin.deleteIdentitySessions({ id: identity });
  check("deleteIdentitySessions: status", deletion.status, 204);
  const none = await admin.listIdentitySessions({ id: identity });
  check("listIdentitySessions: none", none.data, []);
  await refused("toSession after deletion", frontend.toSession({ xSessionToken }), 401);
  await refused("listMySessions after deletion", frontend.listMySessions({ cookie }), 401);
}

try {
  await run();
  console.log(`ok: ${checks} checks`);
} catch (error) {
  // A refusal that nobody expected says more by its answer than by its own message.
  const answer = error.response && `${error.response.status} ${JSON.stringify(error.response.data)}`;
  console.error(`failed after ${checks} checks: ${answer ?? error.message}\n${error.stack}`);
  process.exitCode = 1;
}
