//! A stalled log reader delays nothing. Lines that do not fit are dropped and counted;
//! audit records are dropped last.

use std::io::{Read as _, Write as _};
use std::net::SocketAddr;

use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::http_client::{connect, send, send_json};
use crate::support::process::{ServeProcess, serve_raw};
use crate::support::sign_in::SignIn;
use crate::support::wait::wait_for;

/// Sends requests over one connection and expects all to be answered.
pub fn send_many(public: SocketAddr, times: usize) {
    let mut stream = connect(public);
    let request = "GET /sessions/whoami HTTP/1.1\r\nHost: localhost\r\nX-Request-Id: a-reader-that-stalls\r\n";
    for nth in 1..=times {
        let end = if nth == times { "Connection: close\r\n\r\n" } else { "\r\n" };
        stream.write_all(format!("{request}{end}").as_bytes()).unwrap();
    }
    let mut answers = String::new();
    stream.read_to_string(&mut answers).unwrap();
    assert_eq!(answers.matches("HTTP/1.1 401 ").count(), times);
}

fn metric(admin: SocketAddr, name: &str) -> u64 {
    let text = send(admin, "GET", "/metrics/prometheus", &[]).body;
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    line.map_or(0, |value| value.trim().parse().unwrap())
}

/// Sends requests in batches until lines are dropped. Returns the number of requests.
pub fn send_until_lines_are_dropped(public: SocketAddr, admin: SocketAddr) -> usize {
    const BATCH: usize = 200;
    let mut asked = 0;
    loop {
        send_many(public, BATCH);
        asked += BATCH;
        for path in ["/health/alive", "/health/ready"] {
            assert_eq!(send(public, "GET", path, &[]).status, 200);
        }
        if metric(admin, DROPPED) > 0 {
            return asked;
        }
        assert!(asked < 100_000, "no line is dropped");
    }
}

const DROPPED: &str = "elsewhere_log_lines_dropped_total{kind=\"ordinary\"}";
const AUDIT_DROPPED: &str = "elsewhere_log_lines_dropped_total{kind=\"audit\"}";

#[test]
fn stalled_log_reader_delays_neither_requests_nor_shutdown() {
    let folder = tempfile::tempdir().unwrap();
    let ServeProcess { mut running, public, admin, lines, .. } = serve_raw(&folder, &[]);
    send_until_lines_are_dropped(public, admin);
    running.signal("TERM");
    assert!(running.wait().success());
    drop(lines);
}

#[test]
fn resumed_log_reader_gets_every_audit_record_and_the_number_of_dropped_lines() {
    const SESSIONS: usize = 600;
    let folder = tempfile::tempdir().unwrap();
    let ServeProcess { mut running, public, admin, lines, .. } = serve_raw(&folder, &[]);
    let identity = Uuid::new_v4();
    let mut asked = send_until_lines_are_dropped(public, admin);
    for _ in 0..SESSIONS {
        SignIn::new(identity).at(admin);
    }
    let all = json!({"action": "disable", "identities": [identity]}).to_string();
    let answer = send_json(admin, "POST", "/admin/sessions", &[], &all);
    assert_eq!(answer.json()["processed"], SESSIONS, "{answer:?}");
    // One request line for each session, and one for the bulk request.
    let admin_requests = SESSIONS + 1;

    let reader = std::thread::spawn(move || {
        let lines = lines.until_closed();
        lines.map(|line| serde_json::from_str(&line).unwrap()).collect::<Vec<Value>>()
    });
    // Continues until the queue has been read, so that no new request line is dropped.
    let dropped = wait_for("no more lines are dropped", || {
        let before = metric(admin, DROPPED);
        send_many(public, 50);
        asked += 50;
        let dropped = metric(admin, DROPPED);
        if dropped == before { Ok(dropped) } else { Err(dropped) }
    });
    assert_eq!(metric(admin, AUDIT_DROPPED), 0);
    running.signal("TERM");
    assert!(running.wait().success());
    let lines = reader.join().unwrap();
    let count = |matches: &dyn Fn(&&Value) -> bool| lines.iter().filter(matches).count();
    assert_eq!(count(&|line| line["event"] == "issued"), SESSIONS);
    assert_eq!(count(&|line| line["event"] == "ended"), SESSIONS);
    let answered = count(&|line| line["message"] == "answered");
    assert_eq!(answered as u64 + dropped, (asked + admin_requests) as u64);
    let reported: u64 = lines.iter().filter_map(|line| line["ordinary"].as_u64()).sum();
    assert_eq!(reported, dropped, "{:?}", lines.iter().rev().take(5).collect::<Vec<_>>());
    // The records are in the order of the events.
    let mut records = lines.iter().filter_map(|line| line["event"].as_str());
    assert!(records.by_ref().take(SESSIONS).all(|event| event == "issued"));
    assert!(records.all(|event| event == "ended"));
}
