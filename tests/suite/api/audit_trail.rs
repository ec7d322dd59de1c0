//! The audit trail: each session that is issued, extended, ended or deleted has exactly one
//! record, regardless of the actor and the database.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;
use uuid::Uuid;

use crate::support::databases::{Database, Kind, on_every_database};
use crate::support::http_client::{Answer, connect, send, send_json};
use crate::support::output::OutputInTime as _;
use crate::support::process::{RunningProcess, elsewhere, serve_logging};
use crate::support::sign_in::{SignIn, SignedIn};

on_every_database! {
    concurrent_revocations_leave_one_record_per_session,
    actions_of_operators_are_recorded,
    revocation_is_recorded_although_the_client_hangs_up,
}

/// A replica whose log lines are collected.
pub struct LoggedReplica {
    running: RunningProcess,
    pub public: SocketAddr,
    pub admin: SocketAddr,
    lines: Arc<Mutex<Vec<Value>>>,
    reader: JoinHandle<()>,
    _folder: TempDir,
}

impl LoggedReplica {
    fn start(database: &Database, environment: &[(&str, &str)]) -> Self {
        Self::start_at(&database.url, environment)
    }

    pub fn start_at(url: &str, environment: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = [("ELSEWHERE_DATABASE__URL", url)];
        let environment: Vec<_> = url.iter().chain(environment).copied().collect();
        let kept = Arc::new(Mutex::new(Vec::new()));
        let keeping = Arc::clone(&kept);
        let (running, public, admin, reader) =
            serve_logging(&folder, &environment, move |line| keeping.lock().unwrap().push(line));
        Self { running, public, admin, lines: kept, reader, _folder: folder }
    }

    /// Stops the replica and returns its audit trail.
    pub fn trail(mut self) -> Vec<Value> {
        self.running.signal("TERM");
        assert!(self.running.wait().success());
        self.reader.join().unwrap();
        let lines = std::mem::take(&mut *self.lines.lock().unwrap());
        lines.into_iter().filter(|line| line["target"] == "audit").collect()
    }

    pub fn sign_in(&self, identity: Uuid) -> SignedIn {
        SignIn::new(identity).at(self.admin)
    }

    fn ask(&self, method: &str, path: &str, body: &str) -> Answer {
        let answer = if body.is_empty() {
            send(self.admin, method, path, &[])
        } else {
            send_json(self.admin, method, path, &[], body)
        };
        assert!(answer.status < 300, "{method} {path}: {answer:?}");
        answer
    }
}

fn events<'a>(trail: &'a [Value], event: &str) -> Vec<&'a Value> {
    trail.iter().filter(|line| line["event"] == event).collect()
}

fn concurrent_revocations_leave_one_record_per_session(kind: Kind) {
    const SESSIONS: usize = 60;
    let database = Database::empty(kind);
    let replicas = [LoggedReplica::start(&database, &[]), LoggedReplica::start(&database, &[])];
    let identity = Uuid::new_v4();
    let issued: Vec<_> = (0..SESSIONS).map(|_| replicas[0].sign_in(identity)).collect();
    // Eight sessions revoke all others at the same time: at most one of them is left.
    let counts: Vec<u64> = std::thread::scope(|scope| {
        let callers: Vec<_> = issued[..8]
            .iter()
            .zip(replicas.iter().cycle())
            .map(|(caller, replica)| {
                scope.spawn(move || {
                    let headers: &[(&str, &[u8])] = &[("X-Session-Token", caller.token.as_bytes())];
                    let answer = send(replica.public, "DELETE", "/sessions", headers);
                    assert!(matches!(answer.status, 200 | 401), "{answer:?}");
                    answer.json()["count"].as_u64().unwrap_or(0)
                })
            })
            .collect();
        callers.into_iter().map(|caller| caller.join().unwrap()).collect()
    });
    let trails = replicas.map(LoggedReplica::trail).concat();
    let mut ended = BTreeMap::new();
    for line in events(&trails, "ended") {
        *ended.entry(line["session"].as_str().unwrap().to_owned()).or_insert(0) += 1;
        assert_eq!(line["identity"], identity.to_string());
        assert_eq!((&line["actor"], &line["address"]), (&"person".into(), &"127.0.0.1".into()));
        assert!(issued.iter().any(|caller| line["by_session"] == *caller.session));
    }
    assert!(ended.values().all(|times| *times == 1), "{ended:?}");
    // The counts match the records. (Two sessions that revoke each other both end.)
    assert_eq!(counts.iter().sum::<u64>(), ended.len() as u64);
    assert!((SESSIONS - 8..=SESSIONS).contains(&ended.len()), "{}", ended.len());
    assert!(issued[8..].iter().all(|other| ended.contains_key(&other.session)));
    assert_eq!(events(&trails, "issued").len(), SESSIONS);
}

fn actions_of_operators_are_recorded(kind: Kind) {
    let database = Database::empty(kind);
    let replica = LoggedReplica::start(&database, &[("ELSEWHERE_LOG__LEVEL", "info")]);
    let [ana, ben, cem, dua] = [(); 4].map(|()| Uuid::new_v4());
    let ids = |whose: Uuid, count: usize| -> Vec<String> {
        (0..count).map(|_| replica.sign_in(whose).session).collect()
    };
    let (ana_ids, ben_ids, cem_ids, dua_ids) = (ids(ana, 3), ids(ben, 2), ids(cem, 2), ids(dua, 2));
    replica.ask("PATCH", &format!("/admin/sessions/{}/extend", ana_ids[0]), "");
    replica.ask("DELETE", &format!("/admin/sessions/{}", ana_ids[1]), "");
    // An ended session does not end again.
    replica.ask("DELETE", &format!("/admin/sessions/{}", ana_ids[1]), "");
    let bulk =
        format!(r#"{{"action": "disable", "sessions": ["{}", "{}"]}}"#, ana_ids[1], ana_ids[2]);
    assert_eq!(replica.ask("POST", "/admin/sessions", &bulk).json()["processed"], 1);
    replica.ask("PATCH", &format!("/admin/identities/{ben}"), r#"{"state": "inactive"}"#);
    replica.ask("DELETE", &format!("/admin/identities/{cem}"), "");
    replica.ask("DELETE", &format!("/admin/identities/{dua}/sessions"), "");
    let trail = replica.trail();

    let recorded = |event: &str, reason: &str| -> Vec<String> {
        let mut recorded: Vec<_> = events(&trail, event)
            .iter()
            .filter(|line| line["reason"] == reason)
            .map(|line| line["session"].as_str().unwrap().to_owned())
            .collect();
        recorded.sort();
        recorded
    };
    let sorted = |ids: &[String]| {
        let mut ids = ids.to_vec();
        ids.sort();
        ids
    };
    assert_eq!(recorded("issued", "signed in").len(), 9);
    assert_eq!(recorded("extended", "extended"), [ana_ids[0].clone()]);
    assert_eq!(recorded("ended", "ended"), [ana_ids[1].clone()]);
    assert_eq!(recorded("ended", "in bulk"), [ana_ids[2].clone()]);
    assert_eq!(recorded("ended", "identity deactivated"), sorted(&ben_ids));
    assert_eq!(recorded("deleted", "identity deleted"), sorted(&cem_ids));
    assert_eq!(recorded("deleted", "all sessions of the identity"), sorted(&dua_ids));
    assert_eq!(trail.len(), 9 + 1 + 1 + 1 + 2 + 2 + 2);
    assert!(trail.iter().all(|line| line["actor"] == "operator" && line["address"] == "127.0.0.1"));
    // Each record has the id of its request.
    assert!(trail.iter().all(|line| line["span"]["id"].is_string()), "{}", trail[0]);
}

/// A client that revokes a session and hangs up at once gets no response, but the record
/// is written.
fn revocation_is_recorded_although_the_client_hangs_up(kind: Kind) {
    const REVOCATIONS: usize = 60;
    let database = Database::empty(kind);
    let replica = LoggedReplica::start(&database, &[]);
    let identity = Uuid::new_v4();
    let here = replica.sign_in(identity).token;
    for nth in 0..REVOCATIONS {
        let id = replica.sign_in(identity).session;
        let mut stream = connect(replica.public);
        let request = format!(
            "DELETE /sessions/{id} HTTP/1.1\r\nHost: localhost\r\nX-Session-Token: {here}\r\n\r\n"
        );
        stream.write_all(request.as_bytes()).unwrap();
        // The client hangs up at a different stage of the request each time.
        std::thread::sleep(Duration::from_micros(400 * nth as u64));
    }
    let path = format!("/admin/identities/{identity}/sessions?active=false&page_size=1000");
    // Requests that are still running finish when the service stops.
    let trail = replica.trail();
    let mut recorded: Vec<_> = events(&trail, "ended")
        .iter()
        .map(|line| line["session"].as_str().unwrap().to_owned())
        .collect();
    recorded.sort();
    let again = LoggedReplica::start(&database, &[]);
    let mut after = send(again.admin, "GET", &path, &[]).ids();
    after.sort();
    assert_eq!(recorded, after);
    assert!(after.len() > REVOCATIONS / 4, "{}", after.len());
}

#[test]
fn actions_on_the_command_line_are_recorded_too() {
    let database = Database::empty(Kind::Sqlite);
    let replica = LoggedReplica::start(&database, &[]);
    let id = replica.sign_in(Uuid::new_v4()).session;
    let folder = tempfile::tempdir().unwrap();
    let mut revoke = elsewhere(&folder, &["sessions", "revoke", &id]);
    let revoke = revoke.env("ELSEWHERE_DATABASE__URL", &database.url);
    let output = revoke.env("ELSEWHERE_LOG__FORMAT", "json").output_in_time();
    let log = String::from_utf8(output.stderr).unwrap();
    let line: Value = serde_json::from_str(log.lines().last().unwrap()).unwrap();
    assert_eq!((&line["event"], &line["actor"]), (&"ended".into(), &"command line".into()));
    assert_eq!(line["session"], id);
}

#[test]
fn audit_trail_can_be_disabled() {
    let database = Database::empty(Kind::Sqlite);
    let replica = LoggedReplica::start(&database, &[("ELSEWHERE_AUDIT__ENABLED", "false")]);
    replica.sign_in(Uuid::new_v4());
    assert!(replica.trail().is_empty());
}
