//! Device-bound sessions: a client with a key of its own, in the place of a browser.
//! `tests/suite/browser` has the same with a real one.

pub mod browser;
mod end;
mod proofs;
mod refusals;
mod required;

use elsewhere::clock::Clock;
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use time::Duration;
use uuid::Uuid;

use crate::support::databases::{Database, Kind, on_every_database};
use crate::support::http_client::{Answer, get, send};
use crate::support::people::NOW;
use crate::support::service::{Service, config};
use crate::support::sign_in::SignIn;
use browser::Browser;

on_every_database! {
    cookie_of_a_bound_session_is_refused_alone_on_every_replica,
    proof_is_renewed_when_it_has_run_out,
    proof_is_for_one_session_among_others,
    binding_outlives_a_rotation_of_the_token,
    gateways_reuse_no_answer_to_a_cookie_beyond_its_proof,
    bound_sessions_are_served_as_others_when_bindings_are_off_again,
    lists_say_which_sessions_are_bound,
}

/// Two replicas on one database, with one clock.
pub struct Replicas {
    pub one: Service,
    pub other: Service,
    seconds: Arc<AtomicI64>,
    pub database: Database,
}

impl Replicas {
    pub fn start(kind: Kind, binding: &str) -> Self {
        let (database, seconds) = (Database::empty(kind), Arc::new(AtomicI64::new(0)));
        let start = || start(&database, &seconds, binding);
        let (one, other) = (start(), start());
        Self { one, other, seconds, database }
    }

    /// Starts both again, with another setting.
    pub fn restart(&mut self, binding: &str) {
        self.one = start(&self.database, &self.seconds, binding);
        self.other = start(&self.database, &self.seconds, binding);
    }

    pub fn pass(&self, time: Duration) {
        self.seconds.fetch_add(time.whole_seconds(), Ordering::SeqCst);
    }

    pub fn sign_in(&self, identity: Uuid) -> Browser {
        let issued = SignIn::new(identity).send(self.one.admin);
        assert_eq!(issued.status, 201, "{issued:?}");
        Browser::receive(&issued.json())
    }

    /// Binds the browser's session, whose cookie does not count alone any more.
    pub fn bind(&self, browser: &mut Browser) {
        let bound = browser.register(self.one.public);
        assert_eq!(bound.status, 200, "{bound:?}");
        self.pass(Duration::seconds(10));
    }

    /// The same answer of both replicas.
    pub fn whoami(&self, cookie: &str) -> Answer {
        let ask = |service: &Service| {
            send(service.public, "GET", "/sessions/whoami", &[("Cookie", cookie.as_bytes())])
        };
        let (one, other) = (ask(&self.one), ask(&self.other));
        assert_eq!((one.status, &one.body), (other.status, &other.body));
        one
    }
}

fn start(database: &Database, seconds: &Arc<AtomicI64>, binding: &str) -> Service {
    let config = config([
        ("database.url", database.url.as_str()),
        ("server.base_url", "https://accounts.example.org/"),
        ("session.cookie_secrets", "a-secret-of-16-characters"),
        ("session.cacheable", "true"),
        ("session.binding", binding),
    ]);
    let seconds = Arc::clone(seconds);
    let now = move || NOW + Duration::seconds(seconds.load(Ordering::SeqCst));
    Service::start(&config, Clock::new(now))
}

fn cookie_of_a_bound_session_is_refused_alone_on_every_replica(kind: Kind) {
    let replicas = Replicas::start(kind, "offer");
    let mut browser = replicas.sign_in(Uuid::new_v4());
    let alone = browser.session_cookie.clone();

    // Until it is bound, it is a session like any other, and each answer offers to bind it.
    for path in ["/sessions/whoami", "/sessions", "/ui/sessions"] {
        let answer = send(replicas.one.public, "GET", path, &[("Cookie", alone.as_bytes())]);
        assert_eq!(answer.status, 200, "{answer:?}");
        let offer = answer.header("secure-session-registration");
        assert!(offer.starts_with("(ES256 RS256);path=\"/session-binding/register\";challenge=\""));
    }
    assert_eq!(replicas.whoami(&alone).status, 200);

    let bound = browser.register(replicas.one.public);
    assert_eq!(bound.status, 200, "{bound:?}");
    let credential = json!({
        "type": "cookie",
        "name": "ory_kratos_session_bound",
        "attributes": "HttpOnly; SameSite=Lax; Secure; Path=/",
    });
    let instructions = json!({
        "session_identifier": browser.session,
        "refresh_url": "/session-binding/refresh",
        "scope": {"include_site": false, "scope_specification": []},
        "credentials": [credential],
    });
    assert_eq!(bound.json(), instructions);
    let cookie = bound.header("set-cookie");
    assert!(cookie.starts_with("ory_kratos_session_bound="), "{cookie}");
    assert!(cookie.ends_with("; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=570"), "{cookie}");

    // The browser may have requests on their way that it has sent before it received the proof.
    for seconds in [0, 9] {
        replicas.pass(Duration::seconds(seconds));
        let settling = replicas.whoami(&alone);
        assert_eq!((settling.status, settling.has("secure-session-registration")), (200, false));
        assert!(!settling.has("ory-session-cache-for"));
    }
    replicas.pass(Duration::seconds(1));
    let refused = replicas.whoami(&alone);
    assert_eq!(refused.status, 401, "{refused:?}");
    assert_eq!(refused.json()["error"]["id"], "session_bound");
    let challenge = refused.header("secure-session-challenge");
    assert!(challenge.ends_with(&format!("\";id=\"{}\"", browser.session)), "{challenge}");
    for (method, path) in [
        ("GET", "/sessions"),
        ("DELETE", "/sessions"),
        ("DELETE", "/sessions/7b1f2c1e-0a50-4d5c-9f0e-1c3a5e7d9b10"),
        ("GET", "/sessions/whoami?expand=device_labels,activity"),
        ("GET", "/sessions/whoami?tokenize_as=a_template"),
        ("GET", "/self-service/logout/browser"),
        ("GET", "/ui/sessions"),
        ("GET", "/ui/sessions?search=a"),
        ("GET", "/ui/sessions/sign-out-others"),
        ("POST", "/ui/sessions/sign-out-others"),
        ("POST", "/ui/sessions/sign-out"),
        ("POST", "/ui/sessions/7b1f2c1e-0a50-4d5c-9f0e-1c3a5e7d9b10/sign-out"),
        ("POST", "/ui/sessions/7b1f2c1e-0a50-4d5c-9f0e-1c3a5e7d9b10/name"),
    ] {
        let headers: [(&str, &[u8]); 2] =
            [("Cookie", alone.as_bytes()), ("Origin", b"https://accounts.example.org")];
        let answer = send(replicas.other.public, method, path, &headers);
        assert_eq!(answer.status, 401, "{method} {path}: {answer:?}");
    }

    let together = replicas.whoami(&browser.cookies());
    assert_eq!(together.status, 200, "{together:?}");
    assert!(!together.has("secure-session-registration"));
    // A token is not bound: no browser has one.
    assert_eq!(get(replicas.one.public, "/sessions/whoami", &browser.token).status, 200);
}

fn proof_is_renewed_when_it_has_run_out(kind: Kind) {
    let replicas = Replicas::start(kind, "offer");
    let mut browser = replicas.sign_in(Uuid::new_v4());
    replicas.bind(&mut browser);
    for _ in 0..3 {
        replicas.pass(Duration::minutes(10));
        assert_eq!(replicas.whoami(&browser.cookies()).status, 401);
        let renewed = browser.refresh(replicas.other.public);
        assert_eq!(renewed.status, 200, "{renewed:?}");
        assert_eq!(renewed.json()["session_identifier"], browser.session);
        assert_eq!(replicas.whoami(&browser.cookies()).status, 200);
        replicas.pass(Duration::minutes(9));
        assert_eq!(replicas.whoami(&browser.cookies()).status, 200);
    }
    // Long before its end, and with a challenge of an earlier answer.
    let challenge = replicas.whoami(&browser.session_cookie).header("secure-session-challenge");
    let proof = browser.proof(&browser::challenge(&challenge));
    assert_eq!(browser.send_proof(replicas.one.public, &proof).status, 200);
}

/// A person's browser may have cookies of several paths, and a thief may be bound, too.
fn proof_is_for_one_session_among_others(kind: Kind) {
    let replicas = Replicas::start(kind, "offer");
    let identity = Uuid::new_v4();
    let (mut browser, mut another) = (replicas.sign_in(identity), replicas.sign_in(identity));
    for browser in [&mut browser, &mut another] {
        replicas.bind(browser);
    }
    let (own, other) = (browser.bound_cookie.unwrap(), another.bound_cookie.unwrap());
    let cookie = browser.session_cookie;
    // Twice: the second time, the session may be in memory.
    for _ in 0..2 {
        assert_eq!(replicas.whoami(&format!("{cookie}; {other}")).status, 401);
        assert_eq!(replicas.whoami(&format!("{other}; {cookie}; {own}")).status, 200);
        assert_eq!(replicas.whoami(&format!("{own}; {other}; {cookie}")).status, 200);
        assert_eq!(replicas.whoami(&format!("{cookie}; {own}x")).status, 401);
    }
}

fn binding_outlives_a_rotation_of_the_token(kind: Kind) {
    let replicas = Replicas::start(kind, "offer");
    let mut browser = replicas.sign_in(Uuid::new_v4());
    replicas.bind(&mut browser);
    let path = format!("/admin/sessions/{}", browser.session);
    let body = json!({"rotate_token": true}).to_string();
    let rotated =
        crate::support::http_client::send_json(replicas.one.admin, "PATCH", &path, &[], &body);
    assert_eq!(rotated.status, 200, "{rotated:?}");
    let former = browser.cookies();
    browser.session_cookie = browser::name_and_value(&rotated.json()["session_cookie"]);
    assert_eq!(replicas.whoami(&former).status, 401);
    assert_eq!(replicas.whoami(&browser.cookies()).status, 200);
    assert_eq!(replicas.whoami(&browser.session_cookie).status, 401);
    assert_eq!(browser.refresh(replicas.other.public).status, 200);
}

fn gateways_reuse_no_answer_to_a_cookie_beyond_its_proof(kind: Kind) {
    const REUSE: &str = "ory-session-cache-for";
    let replicas = Replicas::start(kind, "offer");
    let mut browser = replicas.sign_in(Uuid::new_v4());
    // It may be bound at any moment.
    assert!(!replicas.whoami(&browser.session_cookie).has(REUSE));
    replicas.bind(&mut browser);
    replicas.pass(Duration::seconds(230));
    assert_eq!(replicas.whoami(&browser.cookies()).header(REUSE), "360");
    let of_app = get(replicas.one.public, "/sessions/whoami", &browser.token).header(REUSE);
    assert!(of_app.parse::<u64>().unwrap() > 600, "{of_app}");
}

fn bound_sessions_are_served_as_others_when_bindings_are_off_again(kind: Kind) {
    let mut replicas = Replicas::start(kind, "offer");
    let mut browser = replicas.sign_in(Uuid::new_v4());
    replicas.bind(&mut browser);
    replicas.restart("off");
    let alone = replicas.whoami(&browser.session_cookie);
    assert_eq!((alone.status, alone.has("secure-session-registration")), (200, false));
    let asked = browser.ask(replicas.one.public);
    assert_eq!((asked.status, &asked.json()["continue"]), (200, &false.into()));
    let proof = browser.registration(&browser::challenge_of_offer(&browser.offer));
    assert_eq!(browser.send_registration(replicas.one.public, &proof).status, 404);
    replicas.restart("offer");
    assert_eq!(replicas.whoami(&browser.session_cookie).status, 401);
}

fn lists_say_which_sessions_are_bound(kind: Kind) {
    let replicas = Replicas::start(kind, "offer");
    let identity = Uuid::new_v4();
    let mut browser = replicas.sign_in(identity);
    let app = SignIn::new(identity).at(replicas.one.admin);
    replicas.bind(&mut browser);
    let bound = |path: &str, token: &str| {
        let answer = get(replicas.one.public, path, token).json();
        answer.as_array().map_or_else(|| answer["bound"].clone(), |all| all[0]["bound"].clone())
    };
    assert_eq!(bound("/sessions?expand=device_labels", &app.token), true);
    assert_eq!(bound("/sessions?expand=device_labels", &browser.token), false);
    assert_eq!(bound("/sessions/whoami?expand=device_labels", &browser.token), true);
    assert_eq!(bound("/sessions", &app.token), Value::Null);
}
