//! Several replicas: one of them delivers, and another one takes over.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use crate::api::webhooks::{replica, sign_in};
use crate::support::databases::{Database, Kind, on_every_database};
use crate::support::process::Replica;
use crate::support::receiver::{Received, Receiver};
use crate::support::wait::wait_until;

on_every_database! {
    one_of_several_replicas_delivers,
    another_replica_takes_over_within_ten_seconds_of_a_kill,
    another_replica_takes_over_at_once_after_a_stop,
}

const TYPES: [(&str, &str); 1] = [("webhooks.chat.events", "session.issued")];

fn sign_in_at_each(replicas: &[Replica], rounds: usize) -> BTreeSet<String> {
    let admins = (0..rounds).flat_map(|_| replicas.iter().map(|replica| replica.admin));
    admins.map(|admin| sign_in(admin).session).collect()
}

fn one_of_several_replicas_delivers(kind: Kind) {
    let (database, receiver) = (Database::empty(kind), Receiver::start());
    let replicas: Vec<_> = (0..3).map(|_| replica(&database, &receiver, &TYPES)).collect();
    let sessions = sign_in_at_each(&replicas, 10);
    receiver.wait_for(30);
    let last = sign_in(replicas[0].admin).session;
    let messages = receiver.wait_for(31);
    assert_eq!(messages.len(), 31, "no repeats");
    let all: BTreeSet<_> = messages.iter().map(Received::session).collect();
    assert_eq!(all, &sessions | &BTreeSet::from([last]));
}

/// The replica that delivers is the first one, which is alone at first.
fn with_holder(database: &Database, receiver: &Receiver) -> (Replica, Replica, BTreeSet<String>) {
    let holder = replica(database, receiver, &TYPES);
    super::claimed(database);
    let sessions = sign_in_at_each(std::slice::from_ref(&holder), 5);
    receiver.wait_for(5);
    (holder, replica(database, receiver, &TYPES), sessions)
}

fn another_replica_takes_over_within_ten_seconds_of_a_kill(kind: Kind) {
    let (database, receiver) = (Database::empty(kind), Receiver::start());
    let (holder, other, mut sessions) = with_holder(&database, &receiver);
    let began = Instant::now();
    // The process is killed when it is dropped.
    drop(holder);
    sessions.extend((0..5).map(|_| sign_in(other.admin).session));
    wait_until("all sessions", || {
        receiver.received().iter().map(Received::session).collect::<BTreeSet<_>>() == sessions
    });
    // With time to spare for a slow machine.
    assert!(began.elapsed() < Duration::from_secs(15), "{:?}", began.elapsed());
}

fn another_replica_takes_over_at_once_after_a_stop(kind: Kind) {
    let (database, receiver) = (Database::empty(kind), Receiver::start());
    let (mut holder, other, mut sessions) = with_holder(&database, &receiver);
    holder.running.signal("TERM");
    assert!(holder.running.wait().success());
    sessions.extend((0..5).map(|_| sign_in(other.admin).session));
    let messages = receiver.wait_for(10);
    assert_eq!(messages.len(), 10, "no repeats: {messages:?}");
    assert_eq!(messages.iter().map(Received::session).collect::<BTreeSet<_>>(), sessions);
}
