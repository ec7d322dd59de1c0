//! Operators: events that are given up, webhooks that are off, metrics, and the retention of events
//! that were not delivered.

use std::process::Output;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Value, json};

use crate::api::webhooks::{replica, sign_in};
use crate::support::databases::{Database, Kind, on_every_database};
use crate::support::http_client::send;
use crate::support::output::OutputInTime as _;
use crate::support::process::elsewhere;
use crate::support::receiver::{Received, Receiver, Reply};
use crate::support::wait::wait_until;

on_every_database! {
    an_event_that_is_given_up_is_listed_and_sent_again,
    a_receiver_that_is_gone_switches_its_webhook_off,
    a_receiver_that_stays_away_gets_no_old_events,
    events_are_kept_until_they_are_delivered,
    metrics_count_deliveries,
}

const TYPES: (&str, &str) = ("webhooks.chat.events", "session.issued");

fn run(database: &Database, arguments: &[&str]) -> Output {
    let folder = tempfile::tempdir().unwrap();
    let output = elsewhere(&folder, &[&["webhooks"], arguments].concat())
        .env("ELSEWHERE_DATABASE__URL", &database.url)
        .output_in_time();
    assert!(output.status.success(), "{output:?}");
    output
}

fn list(database: &Database) -> Value {
    let listed: Value = serde_json::from_slice(&run(database, &["list", "--json"]).stdout).unwrap();
    listed[0].clone()
}

/// A receiver whose answer changes from one status to 204.
fn changing(status: u16) -> (Receiver, Arc<AtomicBool>) {
    let accepts = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&accepts);
    let receiver = Receiver::with(move |_, _| {
        Reply::Status(if flag.load(Ordering::Relaxed) { 204 } else { status })
    });
    (receiver, accepts)
}

fn an_event_that_is_given_up_is_listed_and_sent_again(kind: Kind) {
    let database = Database::empty(kind);
    let (receiver, accepts) = changing(500);
    let replica = replica(&database, &receiver, &[TYPES, ("webhooks.chat.give_up", "1ms")]);
    let session = sign_in(replica.admin).session;
    let given_up = || list(&database)["given_up"].clone();
    wait_until("the event is given up", || given_up() != json!([]));
    let listed = list(&database);
    assert_eq!((&listed["name"], &listed["on"]), (&json!("chat"), &json!(true)));
    assert_eq!(given_up()[0]["problem"], "status 500");
    let text = String::from_utf8(run(&database, &["list"]).stdout).unwrap();
    assert!(text.contains("given up after 1 failed try: status 500"), "{text}");

    accepts.store(true, Ordering::Relaxed);
    let retried = run(&database, &["retry", "chat", "--json"]).stdout;
    let retried: Value = serde_json::from_slice(&retried).unwrap();
    assert_eq!(retried, json!({"events": 1, "switched_on": false}));
    let messages = receiver.wait_for(2);
    assert_eq!((messages[1].session(), messages[0].id()), (session, messages[1].id()));
    wait_until("nothing is left", || {
        let listed = list(&database);
        listed["given_up"] == json!([]) && listed["waiting"] == json!([])
    });
}

fn a_receiver_that_is_gone_switches_its_webhook_off(kind: Kind) {
    let database = Database::empty(kind);
    let (receiver, accepts) = changing(410);
    let replica = replica(&database, &receiver, &[TYPES]);
    let session = sign_in(replica.admin).session;
    wait_until("the webhook is off", || list(&database)["on"] == json!(false));
    let other = sign_in(replica.admin).session;
    accepts.store(true, Ordering::Relaxed);
    let retried = run(&database, &["retry", "chat"]).stdout;
    let retried = String::from_utf8(retried).unwrap();
    assert_eq!(retried, "0 events will be sent again; the webhook is on again\n");
    let messages = receiver.wait_for(3);
    let sessions: Vec<_> = messages.iter().map(Received::session).collect();
    assert_eq!(sessions[0], session);
    let mut again = sessions[1..].to_vec();
    let mut expected = [session, other];
    again.sort();
    expected.sort();
    assert_eq!(again, expected);
}

/// Events that are too old are given up together, not one at each try.
fn a_receiver_that_stays_away_gets_no_old_events(kind: Kind) {
    const SESSIONS: usize = 40;
    let database = Database::empty(kind);
    let (receiver, _) = changing(503);
    let replica = replica(&database, &receiver, &[TYPES, ("webhooks.chat.give_up", "3s")]);
    (0..SESSIONS).for_each(|_| drop(sign_in(replica.admin)));
    wait_until("all events are given up", || {
        list(&database)["given_up"].as_array().unwrap().len() == SESSIONS
    });
    assert_eq!(list(&database)["behind"], 0);
}

/// Retention is over at once, but the receiver is away.
fn events_are_kept_until_they_are_delivered(kind: Kind) {
    let database = Database::empty(kind);
    let (receiver, accepts) = changing(500);
    let settings = [TYPES, ("events.retention", "1ms")];
    let replica = replica(&database, &receiver, &settings);
    let session = sign_in(replica.admin).session;
    receiver.wait_for(2);
    // The replica prunes at its start.
    let second = super::replica(&database, &receiver, &settings);
    sign_in(second.admin);
    let log = || send(second.admin, "GET", "/admin/events?type=session.issued", &[]).json();
    assert_eq!(log()["events"][0]["data"]["session_id"], session);
    accepts.store(true, Ordering::Relaxed);
    wait_until("the event is delivered", || {
        receiver.received().iter().filter(|one| one.session() == session).count() > 2
    });
}

fn metrics_count_deliveries(kind: Kind) {
    let (database, receiver) = (Database::empty(kind), Receiver::start());
    let replica = replica(&database, &receiver, &[TYPES]);
    sign_in(replica.admin);
    receiver.wait_for(1);
    let line = "elsewhere_webhook_deliveries_total{webhook=\"chat\",outcome=\"delivered\"} 1\n";
    let metrics = || send(replica.admin, "GET", "/metrics/prometheus", &[]).body;
    wait_until("the metric", || metrics().contains(line));
    let lag = "elsewhere_webhook_lag_seconds{webhook=\"chat\"} 0.0\n";
    wait_until("the lag", || metrics().contains(lag));
}
