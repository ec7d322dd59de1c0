//! Each answer of the database server can be lost, with the connection. Whoever called is
//! answered as if nothing had happened, and what the call did has one audit record: never
//! none, never two. (SQLite has no answers that can be lost.)

use std::collections::{BTreeMap, BTreeSet};

use elsewhere::clock::Clock;
use serde_json::json;
use uuid::Uuid;

use crate::api::audit_trail::Copy;
use crate::support::databases::{Database, Kind};
use crate::support::http_client::{Answer, send, send_json};
use crate::support::people::{NOW, person, session};
use crate::support::proxy::Proxy;
use crate::support::service::{Service, config};
use crate::support::transaction::{Transaction, until_wait};

/// The messages from which on answers are lost, and how many answers that may be.
const LOST: [(&str, u64); 4] =
    [("BEGIN", 10), ("UPDATE sessions", 3), ("DELETE FROM sessions", 3), ("COMMIT", 1)];

/// One copy that issues, and one behind a proxy that does the rest.
struct Scene {
    issuer: Copy,
    copy: Copy,
    proxy: Proxy,
    /// How often the trail of the copy is to tell an event of a session.
    expected: BTreeMap<(String, String), u32>,
    _database: Database,
}

/// Two sessions of a person.
struct Target {
    identity: Uuid,
    token: String,
    here: String,
    other: String,
}

/// The call, its status, the event, and of which of the sessions.
struct Call {
    name: &'static str,
    status: u16,
    send: fn(&Copy, &Target) -> Answer,
    event: &'static str,
    sessions: fn(&Target, &Answer) -> Vec<String>,
}

fn bulk(copy: &Copy, action: &str, of: &str, id: &str) -> Answer {
    let body = json!({"action": action, of: [id]}).to_string();
    send_json(copy.admin, "POST", "/admin/sessions", &[], &body)
}

fn by_person(copy: &Copy, target: &Target, path: &str) -> Answer {
    send(copy.public, "DELETE", path, &[("X-Session-Token", target.token.as_bytes())])
}

fn other(target: &Target, _: &Answer) -> Vec<String> {
    vec![target.other.clone()]
}

fn both(target: &Target, _: &Answer) -> Vec<String> {
    vec![target.here.clone(), target.other.clone()]
}

const CALLS: [Call; 12] = [
    Call {
        name: "issue",
        status: 201,
        send: |copy, target| {
            let body = json!({
                "authentication_methods": [{"method": "password", "aal": "aal1"}],
                "device": {"user_agent": "app"},
            });
            let path = format!("/admin/identities/{}/sessions", target.identity);
            send_json(copy.admin, "POST", &path, &[], &body.to_string())
        },
        event: "issued",
        sessions: |_, answer| vec![answer.json()["session"]["id"].as_str().unwrap().to_owned()],
    },
    Call {
        name: "extend",
        status: 200,
        send: |copy, target| {
            send(copy.admin, "PATCH", &format!("/admin/sessions/{}/extend", target.other), &[])
        },
        event: "extended",
        sessions: other,
    },
    Call {
        name: "end another one",
        status: 204,
        send: |copy, target| by_person(copy, target, &format!("/sessions/{}", target.other)),
        event: "ended",
        sessions: other,
    },
    Call {
        name: "end the others",
        status: 200,
        send: |copy, target| by_person(copy, target, "/sessions"),
        event: "ended",
        sessions: other,
    },
    Call {
        name: "end as an operator",
        status: 204,
        send: |copy, target| {
            send(copy.admin, "DELETE", &format!("/admin/sessions/{}", target.other), &[])
        },
        event: "ended",
        sessions: other,
    },
    Call {
        name: "end in bulk",
        status: 200,
        send: |copy, target| bulk(copy, "disable", "sessions", &target.other),
        event: "ended",
        sessions: other,
    },
    Call {
        name: "delete in bulk",
        status: 200,
        send: |copy, target| bulk(copy, "delete", "sessions", &target.other),
        event: "deleted",
        sessions: other,
    },
    Call {
        name: "end those of identities",
        status: 200,
        send: |copy, target| bulk(copy, "disable", "identities", &target.identity.to_string()),
        event: "ended",
        sessions: both,
    },
    Call {
        name: "delete those of identities",
        status: 200,
        send: |copy, target| bulk(copy, "delete", "identities", &target.identity.to_string()),
        event: "deleted",
        sessions: both,
    },
    Call {
        name: "switch an identity off",
        status: 204,
        send: |copy, target| {
            let path = format!("/admin/identities/{}", target.identity);
            send_json(copy.admin, "PATCH", &path, &[], r#"{"state": "inactive"}"#)
        },
        event: "ended",
        sessions: both,
    },
    Call {
        name: "delete an identity",
        status: 204,
        send: |copy, target| {
            send(copy.admin, "DELETE", &format!("/admin/identities/{}", target.identity), &[])
        },
        event: "deleted",
        sessions: both,
    },
    Call {
        name: "delete those of an identity",
        status: 204,
        send: |copy, target| {
            let path = format!("/admin/identities/{}/sessions", target.identity);
            send(copy.admin, "DELETE", &path, &[])
        },
        event: "deleted",
        sessions: both,
    },
];

/// In clear, so that the proxy can tell statements.
fn in_clear(database: &Database) -> String {
    let off = if database.kind == Kind::MySql { "ssl-mode=DISABLED" } else { "sslmode=disable" };
    format!("{}?{off}", database.url)
}

impl Scene {
    fn new(kind: Kind) -> Self {
        let database = Database::empty(kind);
        let (proxy, url) = Proxy::before(&in_clear(&database));
        let issuer = Copy::start_at(&database.url, &[]);
        let settings = [
            ("ELSEWHERE_DATABASE__MAX_CONNECTIONS", "1"),
            // Writes nothing of its own meanwhile.
            ("ELSEWHERE_ACTIVITY__ENABLED", "false"),
        ];
        let copy = Copy::start_at(&url, &settings);
        Self { issuer, copy, proxy, expected: BTreeMap::new(), _database: database }
    }

    fn target(&self) -> Target {
        let identity = Uuid::new_v4();
        let ((here, token), (other, _)) =
            (self.issuer.issue(identity), self.issuer.issue(identity));
        Target { identity, token, here, other }
    }

    /// One that knows no statement, and of which no answer is to be lost yet.
    fn fresh_connection(&self) {
        self.proxy.cut();
        let answer = send(self.copy.admin, "GET", "/admin/sessions?page_size=1", &[]);
        assert_eq!(answer.status, 200, "{answer:?}");
    }

    /// Does something on a fresh connection, the nth answer after a message of which is lost.
    fn call(&mut self, call: &Call, text: &'static str, nth: u64) -> bool {
        let target = self.target();
        self.fresh_connection();
        self.proxy.lose_the_answer_to(text, nth);
        let answer = (call.send)(&self.copy, &target);
        assert_eq!(answer.status, call.status, "{} {text} {nth}: {answer:?}", call.name);
        for session in (call.sessions)(&target, &answer) {
            *self.expected.entry((call.event.to_owned(), session)).or_default() += 1;
        }
        self.proxy.has_lost()
    }

    /// What the trail tells otherwise than expected: event, session, how often it does, and
    /// how often it should.
    fn wrong(self) -> Vec<(String, String, (u32, u32))> {
        let mut told = BTreeMap::new();
        for line in self.copy.trail() {
            let text = |key: &str| line[key].as_str().unwrap().to_owned();
            *told.entry((text("event"), text("session"))).or_default() += 1;
        }
        let keys: BTreeSet<_> = told.keys().chain(self.expected.keys()).cloned().collect();
        let times = |key| {
            let of = |trail: &BTreeMap<_, u32>| trail.get(key).copied().unwrap_or_default();
            (of(&told), of(&self.expected))
        };
        let all = keys.iter().map(|key| (key.0.clone(), key.1.clone(), times(key)));
        all.filter(|(_, _, (told, expected))| told != expected).collect()
    }
}

fn each_call_has_one_record_whichever_answer_is_lost(kind: Kind) {
    let mut scene = Scene::new(kind);
    for call in CALLS {
        let mut lost = 0;
        for (text, answers) in LOST {
            for nth in 1..=answers {
                lost += u32::from(scene.call(&call, text, nth));
            }
        }
        assert!(lost > 10, "{}: {lost}", call.name);
    }
    let wrong = scene.wrong();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Also where the second call is cut off before it can have done anything.
fn what_had_ended_before_has_no_second_record(kind: Kind) {
    let mut scene = Scene::new(kind);
    for call in CALLS.iter().filter(|call| call.event == "ended") {
        let target = scene.target();
        let call_again = |scene: &mut Scene| {
            let answer = (call.send)(&scene.copy, &target);
            assert_eq!(answer.status, call.status, "{}: {answer:?}", call.name);
            for session in (call.sessions)(&target, &answer) {
                scene.expected.insert((call.event.to_owned(), session), 1);
            }
        };
        call_again(&mut scene);
        for text in ["UPDATE sessions", "BEGIN"] {
            scene.fresh_connection();
            scene.proxy.lose_the_answer_to(text, 1);
            call_again(&mut scene);
        }
    }
    let wrong = scene.wrong();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Two extend to the same instant, as where the absolute lifespan is the limit. Both wait
/// for a lock; one is cut off there, and asks again.
fn of_two_extensions_to_one_instant_one_has_happened(kind: Kind) {
    let database = Database::empty(kind);
    let (proxy, url) = Proxy::before(&in_clear(&database));
    let service = |url: &str| Service::start(&config([("database.url", url)]), Clock::fixed(NOW));
    let (one, other) = (service(&database.url), service(&url));
    let extended = session(60);
    one.issue(&person(), std::slice::from_ref(&extended));
    let (id, until) = (extended.session.id, NOW + time::Duration::days(2));
    let extend = |service: &Service| service.wait(service.repository.extend(id, until, NOW));

    let mut holder = Transaction::begin(&database);
    holder.run(&format!("SELECT id FROM sessions WHERE id = '{id}' FOR UPDATE"));
    let done = std::thread::scope(|scope| {
        let cut_off = scope.spawn(|| extend(&other));
        until_wait(&database, &other, 1);
        let behind_it = scope.spawn(|| extend(&one));
        until_wait(&database, &one, 2);
        proxy.cut();
        holder.commit();
        [cut_off, behind_it].map(|call| call.join().unwrap().unwrap())
    });
    assert_eq!(done.iter().filter(|done| **done).count(), 1, "{done:?}");
    let shown = send(one.admin, "GET", &format!("/admin/sessions/{id}"), &[]).json();
    assert_eq!(shown["expires_at"], "2026-11-25T12:00:00Z");
}

macro_rules! on_servers {
    ($($test:ident),* $(,)?) => {
        mod on_postgres { $(#[test] fn $test() { super::$test(super::Kind::Postgres); })* }
        mod on_mysql { $(#[test] fn $test() { super::$test(super::Kind::MySql); })* }
    };
}

on_servers! {
    each_call_has_one_record_whichever_answer_is_lost,
    what_had_ended_before_has_no_second_record,
    of_two_extensions_to_one_instant_one_has_happened,
}
