//! The audit trail: each session that is issued, extended, ended or deleted is told
//! once, whoever did it, and on whatever database.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::net::{SocketAddr, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;
use uuid::Uuid;

use crate::support::databases::{Database, Kind, on_every_database};
use crate::support::http_client::{Answer, send, send_json};
use crate::support::process::{Running, elsewhere, serve};

on_every_database! {
    each_session_is_told_once_though_many_end_it_at_once,
    what_operators_do_is_told,
    what_nobody_waits_for_is_told_all_the_same,
}

/// A copy of the service whose lines are kept.
pub struct Copy {
    running: Running,
    pub public: SocketAddr,
    pub admin: SocketAddr,
    lines: Arc<Mutex<Vec<Value>>>,
    reader: JoinHandle<()>,
    _folder: TempDir,
}

impl Copy {
    fn start(database: &Database, environment: &[(&str, &str)]) -> Self {
        Self::start_at(&database.url, environment)
    }

    pub fn start_at(url: &str, environment: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = [("ELSEWHERE_DATABASE__URL", url)];
        let environment: Vec<_> = url.iter().chain(environment).copied().collect();
        let (running, public, admin, lines) = serve(&folder, &environment);
        let kept = Arc::new(Mutex::new(Vec::new()));
        let keeping = Arc::clone(&kept);
        let reader = std::thread::spawn(move || {
            lines.for_each(|line| keeping.lock().unwrap().push(line));
        });
        Self { running, public, admin, lines: kept, reader, _folder: folder }
    }

    /// Stops it, and gives its audit trail.
    pub fn trail(mut self) -> Vec<Value> {
        self.running.signal("TERM");
        assert!(self.running.0.wait().unwrap().success());
        self.reader.join().unwrap();
        let lines = std::mem::take(&mut *self.lines.lock().unwrap());
        lines.into_iter().filter(|line| line["target"] == "audit").collect()
    }

    /// Gives the session's id and token.
    pub fn issue(&self, identity: Uuid) -> (String, String) {
        let path = format!("/admin/identities/{identity}/sessions");
        let body = r#"{"authentication_methods": [{"method": "password", "aal": "aal1"}]}"#;
        let answer = send_json(self.admin, "POST", &path, &[], body);
        assert_eq!(answer.status, 201, "{answer:?}");
        let issued = answer.json();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        (text(&issued["session"]["id"]), text(&issued["session_token"]))
    }

    fn asks(&self, method: &str, path: &str, body: &str) -> Answer {
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

fn each_session_is_told_once_though_many_end_it_at_once(kind: Kind) {
    const SESSIONS: usize = 60;
    let database = Database::empty(kind);
    let copies = [Copy::start(&database, &[]), Copy::start(&database, &[])];
    let identity = Uuid::new_v4();
    let issued: Vec<_> = (0..SESSIONS).map(|_| copies[0].issue(identity)).collect();
    // Each signs out everywhere else, all at once: one of them is left.
    let counts: Vec<u64> = std::thread::scope(|scope| {
        let callers: Vec<_> = issued[..8]
            .iter()
            .zip(copies.iter().cycle())
            .map(|((_, token), copy)| {
                scope.spawn(move || {
                    let headers: &[(&str, &[u8])] = &[("X-Session-Token", token.as_bytes())];
                    let answer = send(copy.public, "DELETE", "/sessions", headers);
                    assert!(matches!(answer.status, 200 | 401), "{answer:?}");
                    answer.json()["count"].as_u64().unwrap_or(0)
                })
            })
            .collect();
        callers.into_iter().map(|caller| caller.join().unwrap()).collect()
    });
    let trails = copies.map(Copy::trail).concat();
    let mut ended = BTreeMap::new();
    for line in events(&trails, "ended") {
        *ended.entry(line["session"].as_str().unwrap().to_owned()).or_insert(0) += 1;
        assert_eq!(line["identity"], identity.to_string());
        assert_eq!((&line["actor"], &line["address"]), (&"person".into(), &"127.0.0.1".into()));
        assert!(issued.iter().any(|(id, _)| line["by_session"] == **id));
    }
    assert!(ended.values().all(|times| *times == 1), "{ended:?}");
    // What was counted is what was told. (Two who end each other are both signed out.)
    assert_eq!(counts.iter().sum::<u64>(), ended.len() as u64);
    assert!((SESSIONS - 8..=SESSIONS).contains(&ended.len()), "{}", ended.len());
    assert!(issued[8..].iter().all(|(id, _)| ended.contains_key(id)));
    assert_eq!(events(&trails, "issued").len(), SESSIONS);
}

fn what_operators_do_is_told(kind: Kind) {
    let database = Database::empty(kind);
    let copy = Copy::start(&database, &[("ELSEWHERE_LOG__LEVEL", "info")]);
    let [ana, ben, cem, dua] = [(); 4].map(|()| Uuid::new_v4());
    let ids = |whose: Uuid, many: usize| -> Vec<String> {
        (0..many).map(|_| copy.issue(whose).0).collect()
    };
    let (of_ana, of_ben, of_cem, of_dua) = (ids(ana, 3), ids(ben, 2), ids(cem, 2), ids(dua, 2));
    copy.asks("PATCH", &format!("/admin/sessions/{}/extend", of_ana[0]), "");
    copy.asks("DELETE", &format!("/admin/sessions/{}", of_ana[1]), "");
    // What has ended does not end again.
    copy.asks("DELETE", &format!("/admin/sessions/{}", of_ana[1]), "");
    let bulk =
        format!(r#"{{"action": "disable", "sessions": ["{}", "{}"]}}"#, of_ana[1], of_ana[2]);
    assert_eq!(copy.asks("POST", "/admin/sessions", &bulk).json()["processed"], 1);
    copy.asks("PATCH", &format!("/admin/identities/{ben}"), r#"{"state": "inactive"}"#);
    copy.asks("DELETE", &format!("/admin/identities/{cem}"), "");
    copy.asks("DELETE", &format!("/admin/identities/{dua}/sessions"), "");
    let trail = copy.trail();

    let told = |event: &str, reason: &str| -> Vec<String> {
        let mut told: Vec<_> = events(&trail, event)
            .iter()
            .filter(|line| line["reason"] == reason)
            .map(|line| line["session"].as_str().unwrap().to_owned())
            .collect();
        told.sort();
        told
    };
    let sorted = |ids: &[String]| {
        let mut ids = ids.to_vec();
        ids.sort();
        ids
    };
    assert_eq!(told("issued", "signed in").len(), 9);
    assert_eq!(told("extended", "extended"), [of_ana[0].clone()]);
    assert_eq!(told("ended", "ended"), [of_ana[1].clone()]);
    assert_eq!(told("ended", "in bulk"), [of_ana[2].clone()]);
    assert_eq!(told("ended", "identity deactivated"), sorted(&of_ben));
    assert_eq!(told("deleted", "identity deleted"), sorted(&of_cem));
    assert_eq!(told("deleted", "all sessions of the identity"), sorted(&of_dua));
    assert_eq!(trail.len(), 9 + 1 + 1 + 1 + 2 + 2 + 2);
    assert!(trail.iter().all(|line| line["actor"] == "operator" && line["address"] == "127.0.0.1"));
    // Under the id of its request.
    assert!(trail.iter().all(|line| line["span"]["id"].is_string()), "{}", trail[0]);
}

/// Whoever ends sessions and hangs up at once does so without an answer, but not
/// without a line.
fn what_nobody_waits_for_is_told_all_the_same(kind: Kind) {
    const TIMES: usize = 60;
    let database = Database::empty(kind);
    let copy = Copy::start(&database, &[]);
    let identity = Uuid::new_v4();
    let (_, here) = copy.issue(identity);
    for nth in 0..TIMES {
        let (id, _) = copy.issue(identity);
        let mut stream = TcpStream::connect(copy.public).unwrap();
        let request = format!(
            "DELETE /sessions/{id} HTTP/1.1\r\nHost: localhost\r\nX-Session-Token: {here}\r\n\r\n"
        );
        stream.write_all(request.as_bytes()).unwrap();
        // At another place of its way each time.
        std::thread::sleep(Duration::from_micros(100 * nth as u64 % 3000));
    }
    let path = format!("/admin/identities/{identity}/sessions?active=false&page_size=1000");
    // What is still under way comes to its end when the service stops.
    let trail = copy.trail();
    let mut told: Vec<_> = events(&trail, "ended")
        .iter()
        .map(|line| line["session"].as_str().unwrap().to_owned())
        .collect();
    told.sort();
    let again = Copy::start(&database, &[]);
    let mut after = send(again.admin, "GET", &path, &[]).ids();
    after.sort();
    assert_eq!(told, after);
    assert!(after.len() > TIMES / 4, "{}", after.len());
}

#[test]
fn what_is_done_on_the_command_line_is_told_too() {
    let database = Database::empty(Kind::Sqlite);
    let copy = Copy::start(&database, &[]);
    let (id, _) = copy.issue(Uuid::new_v4());
    let folder = tempfile::tempdir().unwrap();
    let mut revoke = elsewhere(&folder, &["sessions", "revoke", &id]);
    let revoke = revoke.env("ELSEWHERE_DATABASE__URL", &database.url);
    let output = revoke.env("ELSEWHERE_LOG__FORMAT", "json").output().unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    let line: Value = serde_json::from_str(told.lines().last().unwrap()).unwrap();
    assert_eq!((&line["event"], &line["actor"]), (&"ended".into(), &"command line".into()));
    assert_eq!(line["session"], id);
}

#[test]
fn the_trail_can_be_switched_off() {
    let database = Database::empty(Kind::Sqlite);
    let copy = Copy::start(&database, &[("ELSEWHERE_AUDIT__ENABLED", "false")]);
    copy.issue(Uuid::new_v4());
    assert!(copy.trail().is_empty());
}
