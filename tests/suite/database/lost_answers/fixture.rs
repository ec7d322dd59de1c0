//! The fixture of these tests: two replicas, one of them behind a proxy that loses responses.

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use crate::api::audit_trail::LoggedReplica;
use crate::database::lost_answers::calls::Call;
use crate::support::databases::{Database, Kind};
use crate::support::http_client::send;
use crate::support::proxy::Proxy;
use crate::support::sign_in::SignedIn;

/// A replica that issues sessions, and another, behind a proxy, that serves all other calls.
pub struct Fixture {
    issuer: LoggedReplica,
    pub replica: LoggedReplica,
    pub proxy: Proxy,
    /// The expected number of audit records, by event and session.
    pub expected: BTreeMap<(String, String), u32>,
    database: Database,
}

/// An identity with two sessions.
pub struct Target {
    pub identity: Uuid,
    pub token: String,
    pub here: String,
    pub other: String,
}

/// A URL without TLS, so that the proxy can recognise statements.
pub fn without_tls(database: &Database) -> String {
    let off = if database.kind == Kind::MySql { "ssl-mode=DISABLED" } else { "sslmode=disable" };
    format!("{}?{off}", database.url)
}

impl Fixture {
    pub fn new(kind: Kind) -> Self {
        let database = Database::empty(kind);
        let (proxy, url) = Proxy::start(&without_tls(&database));
        let issuer = LoggedReplica::start_at(&database.url, &[]);
        let settings = [
            ("ELSEWHERE_DATABASE__MAX_CONNECTIONS", "1"),
            // The background flush of activity would add writes of its own.
            ("ELSEWHERE_ACTIVITY__ENABLED", "false"),
        ];
        let replica = LoggedReplica::start_at(&url, &settings);
        Self { issuer, replica, proxy, expected: BTreeMap::new(), database }
    }

    pub fn target(&self) -> Target {
        let identity = Uuid::new_v4();
        let SignedIn { session: here, token } = self.issuer.sign_in(identity);
        let other = self.issuer.sign_in(identity).session;
        Target { identity, token, here, other }
    }

    /// Forces a new connection, without prepared statements, before a response is to be lost.
    pub fn fresh_connection(&self) {
        self.proxy.cut();
        let answer = send(self.replica.admin, "GET", "/admin/sessions?page_size=1", &[]);
        assert_eq!(answer.status, 200, "{answer:?}");
    }

    /// Makes a call on a fresh connection and loses the `nth` response after a message with this
    /// text. Returns whether that response was lost.
    pub fn call(&mut self, call: &Call, text: &'static str, nth: u64) -> bool {
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

    /// The differences between the log of events, the audit trail and the expected records: event,
    /// session, actual and expected number.
    pub fn differences(self) -> Vec<(String, String, (u32, u32))> {
        let events = "SELECT CONCAT(type, ' ', session_id) FROM elsewhere_events
                      WHERE session_id IS NOT NULL";
        let mut events: Vec<_> = self.database.texts(events);
        events.sort();
        assert!(events.windows(2).all(|two| two[0] != two[1]), "two events of one change");
        for (event, session) in self.expected.keys() {
            let event = if event == "ended" { "revoked" } else { event };
            let event = format!("session.{event} {session}");
            assert!(events.binary_search(&event).is_ok(), "no event: {event}");
        }
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
