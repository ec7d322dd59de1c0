//! Webhooks while something is killed (SIGKILL) again and again: a replica, the database server or
//! the receiver. Each answered change arrives, in order for its session, and its id never changes.
//!
//! `tests/run faults` runs these tests.

use std::collections::BTreeMap;
use std::net::TcpListener;
use std::thread::sleep;
use std::time::Duration;

use uuid::Uuid;

use crate::support::databases::{Database, Kind};
use crate::support::http_client::{Answer, send};
use crate::support::process::Replica;
use crate::support::receiver::{Received, Receiver, Reply};
use crate::support::servers::Server;
use crate::support::sign_in::{SignIn, SignedIn};
use crate::support::wait::{WORK_LIMIT, wait_for, wait_until_within};

const KILLS: usize = 20;
/// The changes between two kills.
const SESSIONS: usize = 4;

fn start_replica(url: &str, receiver: &str) -> Replica {
    Replica::start(&[
        ("database.url", url),
        ("webhooks.chat.url", receiver),
        ("webhooks.chat.secret", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"),
        ("webhooks.chat.events", "session.issued,session.revoked"),
    ])
}

/// Repeats a request until it has an answer other than 503.
fn answered(request: impl Fn() -> Answer) -> Answer {
    wait_for("an answer", || {
        let answer = request();
        if answer.status == 503 { Err(answer) } else { Ok(answer) }
    })
}

/// Issues and revokes sessions, and returns their ids.
fn change(replica: &Replica) -> Vec<String> {
    let one = |_| {
        let identity = Uuid::new_v4();
        let issued = answered(|| SignIn::new(identity).send(replica.admin));
        let session = SignedIn::read(&issued.json()).session;
        let path = format!("/admin/sessions/{session}");
        assert_eq!(answered(|| send(replica.admin, "DELETE", &path, &[])).status, 204);
        session
    };
    (0..SESSIONS).map(one).collect()
}

/// Waits until all events of these sessions have arrived, and checks their order and their ids.
fn assert_all_arrived(sessions: &[String], received: impl Fn() -> Vec<Received>) {
    let by_session = || {
        let mut events: BTreeMap<String, Vec<(String, String)>> = BTreeMap::new();
        for message in received() {
            let name = message.json()["type"].as_str().unwrap().to_owned();
            let event = (name, message.id().to_owned());
            let events = events.entry(message.session()).or_default();
            // A repetition.
            if !events.contains(&event) {
                events.push(event);
            }
        }
        events
    };
    wait_until_within(WORK_LIMIT, "all events", || {
        let events = by_session();
        sessions.iter().all(|session| events.get(session).is_some_and(|events| events.len() >= 2))
    });
    let events = by_session();
    for session in sessions {
        let names: Vec<_> = events[session].iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["session.issued", "session.revoked"], "{session}");
        assert!(events[session].is_sorted_by_key(|(_, id)| id), "{:?}", events[session]);
    }
}

fn replicas_are_killed(kind: Kind) {
    let server = Server::start(kind);
    let (database, receiver) = (Database::on(kind, &server.url), Receiver::start());
    let start = || start_replica(&database.url, &receiver.url());
    let (mut sessions, mut replicas) = (Vec::new(), vec![start(), start()]);
    for _ in 0..KILLS {
        sessions.extend(change(&replicas[0]));
        sleep(Duration::from_millis(300));
        // A process is killed when it is dropped. The older one goes, before it has delivered all.
        sessions.extend(change(&replicas[0]));
        drop(replicas.remove(0));
        replicas.push(start());
    }
    assert_all_arrived(&sessions, || receiver.received());
}

fn the_database_server_is_killed(kind: Kind) {
    let server = Server::start(kind);
    let (database, receiver) = (Database::on(kind, &server.url), Receiver::start());
    let replicas = [(); 2].map(|()| start_replica(&database.url, &receiver.url()));
    let mut sessions = Vec::new();
    for nth in 0..KILLS {
        sessions.extend(change(&replicas[nth % 2]));
        server.run("kill");
        server.run("start");
    }
    sessions.extend(change(&replicas[0]));
    assert_all_arrived(&sessions, || receiver.received());
}

macro_rules! on_servers {
    ($($test:ident),* $(,)?) => {
        mod on_postgres {
            $(#[test] #[ignore = "takes long: tests/run faults"]
            fn $test() { super::$test(super::Kind::Postgres); })*
        }
        mod on_mysql {
            $(#[test] #[ignore = "takes long: tests/run faults"]
            fn $test() { super::$test(super::Kind::MySql); })*
        }
    };
}

on_servers! {
    replicas_are_killed,
    the_database_server_is_killed,
}

#[test]
#[ignore = "takes long: tests/run faults"]
fn the_receiver_is_killed() {
    let database = Database::empty(Kind::Sqlite);
    let mut receiver = Receiver::start();
    let (address, replica) = (receiver.address, start_replica(&database.url, &receiver.url()));
    let (mut sessions, mut logs) = (Vec::new(), vec![receiver.log()]);
    for _ in 0..KILLS {
        sessions.extend(change(&replica));
        sleep(Duration::from_millis(200));
        // Closes its connections without an answer from now on.
        drop(receiver);
        sessions.extend(change(&replica));
        let listener = wait_for("the port", || TcpListener::bind(address));
        receiver = Receiver::on(listener, |_, _| Reply::Status(204));
        logs.push(receiver.log());
    }
    let all = || logs.iter().flat_map(|log| log.lock().unwrap().clone()).collect();
    assert_all_arrived(&sessions, all);
}

#[test]
#[ignore = "takes long: tests/run faults"]
fn a_receiver_that_answers_late_is_in_time() {
    let database = Database::empty(Kind::Sqlite);
    let receiver = Receiver::with(|_, _| Reply::Late(Duration::from_secs(29)));
    let replica = start_replica(&database.url, &receiver.url());
    SignIn::new(Uuid::new_v4()).at(replica.admin);
    let delivered =
        "elsewhere_webhook_deliveries_total{webhook=\"chat\",outcome=\"delivered\"} 1\n";
    wait_until_within(WORK_LIMIT, "the delivery", || {
        send(replica.admin, "GET", "/metrics/prometheus", &[]).body.contains(delivered)
    });
    assert_eq!(receiver.received().len(), 1, "the message is not repeated");
}
