//! Transactions commit in another order than they begin. No reader skips an event of one that
//! commits late, on any database.

use serde_json::Value;
use uuid::Uuid;

use crate::api::events::{all_events, events, start};
use crate::support::databases::{Database, Kind, on_every_server};
use crate::support::transaction::Transaction;

on_every_server! {
    an_event_that_commits_late_comes_after_those_that_readers_have_seen,
    an_event_that_is_rolled_back_leaves_no_gap,
}

/// An event of another program, as a replica writes it.
fn insert(identity: Uuid) -> String {
    format!(
        "INSERT INTO elsewhere_events (nid, type, occurred_at, identity_id, actor)
         SELECT id, 'identity.changed', CURRENT_TIMESTAMP, '{identity}', 'system' FROM networks"
    )
}

fn identities(events: &[Value]) -> Vec<String> {
    let identity = |event: &Value| event["data"]["identity_id"].as_str().unwrap().to_owned();
    events.iter().map(identity).collect()
}

fn an_event_that_commits_late_comes_after_those_that_readers_have_seen(kind: Kind) {
    let database = Database::empty(kind);
    let service = start(&database);
    let [slow, quick] = [Uuid::new_v4(), Uuid::new_v4()];
    let mut late = Transaction::begin(&database);
    late.run(&insert(slow));
    database.run(&insert(quick));
    let first = all_events(service.admin, 1);
    assert_eq!(identities(&first), [quick.to_string()]);
    let seen = first[0]["id"].as_str().unwrap();
    late.commit();
    let second = events(service.admin, &format!("?after={seen}&wait=30s"));
    assert_eq!(identities(&second), [slow.to_string()]);
    // The order stays the same for later readers.
    let both = [quick.to_string(), slow.to_string()];
    assert_eq!(identities(&all_events(service.admin, 2)), both);
}

fn an_event_that_is_rolled_back_leaves_no_gap(kind: Kind) {
    let database = Database::empty(kind);
    let service = start(&database);
    let mut transaction = Transaction::begin(&database);
    transaction.run(&insert(Uuid::new_v4()));
    transaction.run("ROLLBACK");
    let [one, two] = [Uuid::new_v4(), Uuid::new_v4()];
    database.run(&insert(one));
    database.run(&insert(two));
    let found = all_events(service.admin, 2);
    assert_eq!(identities(&found), [one.to_string(), two.to_string()]);
    let ids: Vec<_> = found.iter().map(|event| event["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["0000000000000001", "0000000000000002"]);
}
