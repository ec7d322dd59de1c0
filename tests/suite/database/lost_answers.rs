//! Lost responses. Any response of the database server can be lost, together with the connection.
//! The caller still receives the normal response, and each effect of the call has exactly one audit
//! record. (SQLite has no responses that can be lost.)

use std::collections::{BTreeMap, BTreeSet};

use elsewhere::clock::Clock;
use serde_json::json;
use uuid::Uuid;

use crate::api::audit_trail::LoggedReplica;
use crate::support::databases::{Database, Kind, on_every_server};
use crate::support::http_client::{Answer, send, send_json};
use crate::support::people::{NOW, person, session};
use crate::support::proxy::Proxy;
use crate::support::service::{Service, config};
use crate::support::sign_in::{SignIn, SignedIn};
use crate::support::transaction::{Transaction, wait_for_lock_waits};

/// The messages after which a response is lost, and the number of responses to try for each.
const LOST: [(&str, u64); 4] =
    [("BEGIN", 10), ("UPDATE sessions", 3), ("DELETE FROM sessions", 3), ("COMMIT", 1)];

/// A replica that issues sessions, and another, behind a proxy, that serves all other calls.
struct Fixture {
    issuer: LoggedReplica,
    replica: LoggedReplica,
    proxy: Proxy,
    /// The expected number of audit records, by event and session.
    expected: BTreeMap<(String, String), u32>,
    _database: Database,
}

/// An identity with two sessions.
struct Target {
    identity: Uuid,
    token: String,
    here: String,
    other: String,
}

/// A call, its expected status, its audit event, and the sessions to which the event belongs.
struct Call {
    name: &'static str,
    status: u16,
    send: fn(&LoggedReplica, &Target) -> Answer,
    event: &'static str,
    sessions: fn(&Target, &Answer) -> Vec<String>,
}

fn bulk(replica: &LoggedReplica, action: &str, selector: &str, id: &str) -> Answer {
    let body = json!({"action": action, selector: [id]}).to_string();
    send_json(replica.admin, "POST", "/admin/sessions", &[], &body)
}

fn by_person(replica: &LoggedReplica, target: &Target, path: &str) -> Answer {
    send(replica.public, "DELETE", path, &[("X-Session-Token", target.token.as_bytes())])
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
        send: |replica, target| {
            let sign_in = SignIn::new(target.identity).device(json!({"user_agent": "app"}));
            sign_in.send(replica.admin)
        },
        event: "issued",
        sessions: |_, answer| vec![SignedIn::read(&answer.json()).session],
    },
    Call {
        name: "extend",
        status: 200,
        send: |replica, target| {
            send(replica.admin, "PATCH", &format!("/admin/sessions/{}/extend", target.other), &[])
        },
        event: "extended",
        sessions: other,
    },
    Call {
        name: "end another one",
        status: 204,
        send: |replica, target| by_person(replica, target, &format!("/sessions/{}", target.other)),
        event: "ended",
        sessions: other,
    },
    Call {
        name: "end the others",
        status: 200,
        send: |replica, target| by_person(replica, target, "/sessions"),
        event: "ended",
        sessions: other,
    },
    Call {
        name: "end as an operator",
        status: 204,
        send: |replica, target| {
            send(replica.admin, "DELETE", &format!("/admin/sessions/{}", target.other), &[])
        },
        event: "ended",
        sessions: other,
    },
    Call {
        name: "end in bulk",
        status: 200,
        send: |replica, target| bulk(replica, "disable", "sessions", &target.other),
        event: "ended",
        sessions: other,
    },
    Call {
        name: "delete in bulk",
        status: 200,
        send: |replica, target| bulk(replica, "delete", "sessions", &target.other),
        event: "deleted",
        sessions: other,
    },
    Call {
        name: "end those of identities",
        status: 200,
        send: |replica, target| {
            bulk(replica, "disable", "identities", &target.identity.to_string())
        },
        event: "ended",
        sessions: both,
    },
    Call {
        name: "delete those of identities",
        status: 200,
        send: |replica, target| bulk(replica, "delete", "identities", &target.identity.to_string()),
        event: "deleted",
        sessions: both,
    },
    Call {
        name: "switch an identity off",
        status: 204,
        send: |replica, target| {
            let path = format!("/admin/identities/{}", target.identity);
            send_json(replica.admin, "PATCH", &path, &[], r#"{"state": "inactive"}"#)
        },
        event: "ended",
        sessions: both,
    },
    Call {
        name: "delete an identity",
        status: 204,
        send: |replica, target| {
            send(replica.admin, "DELETE", &format!("/admin/identities/{}", target.identity), &[])
        },
        event: "deleted",
        sessions: both,
    },
    Call {
        name: "delete those of an identity",
        status: 204,
        send: |replica, target| {
            let path = format!("/admin/identities/{}/sessions", target.identity);
            send(replica.admin, "DELETE", &path, &[])
        },
        event: "deleted",
        sessions: both,
    },
];

/// A URL without TLS, so that the proxy can recognise statements.
fn without_tls(database: &Database) -> String {
    let off = if database.kind == Kind::MySql { "ssl-mode=DISABLED" } else { "sslmode=disable" };
    format!("{}?{off}", database.url)
}

impl Fixture {
    fn new(kind: Kind) -> Self {
        let database = Database::empty(kind);
        let (proxy, url) = Proxy::start(&without_tls(&database));
        let issuer = LoggedReplica::start_at(&database.url, &[]);
        let settings = [
            ("ELSEWHERE_DATABASE__MAX_CONNECTIONS", "1"),
            // The background flush of activity would add writes of its own.
            ("ELSEWHERE_ACTIVITY__ENABLED", "false"),
        ];
        let replica = LoggedReplica::start_at(&url, &settings);
        Self { issuer, replica, proxy, expected: BTreeMap::new(), _database: database }
    }

    fn target(&self) -> Target {
        let identity = Uuid::new_v4();
        let SignedIn { session: here, token } = self.issuer.sign_in(identity);
        let other = self.issuer.sign_in(identity).session;
        Target { identity, token, here, other }
    }

    /// Forces a new connection, without prepared statements, before a response is to be lost.
    fn fresh_connection(&self) {
        self.proxy.cut();
        let answer = send(self.replica.admin, "GET", "/admin/sessions?page_size=1", &[]);
        assert_eq!(answer.status, 200, "{answer:?}");
    }

    /// Makes a call on a fresh connection and loses the `nth` response after a message with this
    /// text. Returns whether that response was lost.
    fn call(&mut self, call: &Call, text: &'static str, nth: u64) -> bool {
        let target = self.target();
        self.fresh_connection();
        self.proxy.lose_response_to(text, nth);
        let answer = (call.send)(&self.replica, &target);
        assert_eq!(answer.status, call.status, "{} {text} {nth}: {answer:?}", call.name);
        for session in (call.sessions)(&target, &answer) {
            *self.expected.entry((call.event.to_owned(), session)).or_default() += 1;
        }
        self.proxy.has_lost_response()
    }

    /// The differences between the audit trail and the expected records: event, session, actual
    /// and expected number.
    fn differences(self) -> Vec<(String, String, (u32, u32))> {
        let mut actual = BTreeMap::new();
        for line in self.replica.trail() {
            let text = |key: &str| line[key].as_str().unwrap().to_owned();
            *actual.entry((text("event"), text("session"))).or_default() += 1;
        }
        let keys: BTreeSet<_> = actual.keys().chain(self.expected.keys()).cloned().collect();
        let times = |key| {
            let of = |trail: &BTreeMap<_, u32>| trail.get(key).copied().unwrap_or_default();
            (of(&actual), of(&self.expected))
        };
        let all = keys.iter().map(|key| (key.0.clone(), key.1.clone(), times(key)));
        all.filter(|(_, _, (actual, expected))| actual != expected).collect()
    }
}

fn each_call_has_one_audit_record_whichever_response_is_lost(kind: Kind) {
    let mut fixture = Fixture::new(kind);
    for call in CALLS {
        let mut lost = 0;
        for (text, answers) in LOST {
            for nth in 1..=answers {
                lost += u32::from(fixture.call(&call, text, nth));
            }
        }
        assert!(lost > 10, "{}: {lost}", call.name);
    }
    let differences = fixture.differences();
    assert!(differences.is_empty(), "{differences:#?}");
}

/// Also if the connection of the second call is cut before the call has an effect.
fn an_already_ended_session_gets_no_second_audit_record(kind: Kind) {
    let mut fixture = Fixture::new(kind);
    for call in CALLS.iter().filter(|call| call.event == "ended") {
        let target = fixture.target();
        let call_again = |fixture: &mut Fixture| {
            let answer = (call.send)(&fixture.replica, &target);
            assert_eq!(answer.status, call.status, "{}: {answer:?}", call.name);
            for session in (call.sessions)(&target, &answer) {
                fixture.expected.insert((call.event.to_owned(), session), 1);
            }
        };
        call_again(&mut fixture);
        for text in ["UPDATE sessions", "BEGIN"] {
            fixture.fresh_connection();
            fixture.proxy.lose_response_to(text, 1);
            call_again(&mut fixture);
        }
    }
    let differences = fixture.differences();
    assert!(differences.is_empty(), "{differences:#?}");
}

/// Two calls extend to the same instant, as when the absolute lifespan is the limit. Both wait for
/// a lock; the connection of one is cut there, and that call is retried.
fn only_one_of_two_extensions_to_the_same_instant_counts(kind: Kind) {
    let database = Database::empty(kind);
    let (proxy, url) = Proxy::start(&without_tls(&database));
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
        wait_for_lock_waits(&database, &other, 1);
        let behind_it = scope.spawn(|| extend(&one));
        wait_for_lock_waits(&database, &one, 2);
        proxy.cut();
        holder.commit();
        [cut_off, behind_it].map(|call| call.join().unwrap().unwrap())
    });
    assert_eq!(done.iter().filter(|done| **done).count(), 1, "{done:?}");
    let shown = send(one.admin, "GET", &format!("/admin/sessions/{id}"), &[]).json();
    assert_eq!(shown["expires_at"], "2026-11-25T12:00:00Z");
}

on_every_server! {
    each_call_has_one_audit_record_whichever_response_is_lost,
    an_already_ended_session_gets_no_second_audit_record,
    only_one_of_two_extensions_to_the_same_instant_counts,
}
