//! Pages of events: positions, filters, waiting, and positions that are too old.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::time::Duration;

use serde_json::{Value, json};
use uuid::Uuid;

use crate::api::events::{all_events, ask, events, read, start};
use crate::support::databases::{Database, Kind, on_every_database};
use crate::support::people::NOW;
use crate::support::sign_in::SignIn;
use crate::support::wait::wait_for;

on_every_database! {
    pages_follow_one_another_without_gaps_or_repeats,
    filters_select_types_and_identities,
    a_page_waits_for_the_next_event,
    events_older_than_the_retention_are_deleted,
    invalid_parameters_are_refused,
    readers_see_all_events_of_many_replicas_in_the_same_order,
}

fn pages_follow_one_another_without_gaps_or_repeats(kind: Kind) {
    let database = Database::empty(kind);
    let service = start(&database);
    for _ in 0..6 {
        SignIn::new(Uuid::new_v4()).at(service.admin);
    }
    let all = all_events(service.admin, 12);
    let (mut found, mut query) = (Vec::new(), String::new());
    loop {
        let page = read(service.admin, &format!("?limit=5{query}")).json();
        let events = page["events"].as_array().unwrap();
        if events.is_empty() {
            break;
        }
        found.extend(events.iter().cloned());
        query = format!("&after={}", page["next"].as_str().unwrap());
    }
    assert_eq!(found, all);
    let third = all[2]["id"].as_str().unwrap();
    assert_eq!(events(service.admin, &format!("?after={third}")), all[3..]);
}

fn filters_select_types_and_identities(kind: Kind) {
    let database = Database::empty(kind);
    let service = start(&database);
    let [ana, ben] = [Uuid::new_v4(), Uuid::new_v4()];
    for identity in [ana, ben, ana] {
        SignIn::new(identity).at(service.admin);
    }
    let all = all_events(service.admin, 5);
    let select = |of: &dyn Fn(&Value) -> bool| -> Vec<Value> {
        all.iter().filter(|event| of(event)).cloned().collect()
    };
    let of_ana = select(&|event| event["data"]["identity_id"] == ana.to_string());
    assert_eq!(events(service.admin, &format!("?identity={ana}")), of_ana);
    let issued = select(&|event| event["type"] == "session.issued");
    assert_eq!(events(service.admin, "?type=session.issued"), issued);
    let issued_of_ana = &of_ana[1..];
    let query = format!("?identity={ana}&type=session.issued&type=session.revoked");
    assert_eq!(events(service.admin, &query), issued_of_ana);
    assert_eq!(events(service.admin, "?type=session.issued,identity.changed"), all);
    // A page without events still moves on.
    let none = read(service.admin, "?type=identity.deleted").json();
    assert_eq!(none, json!({"events": [], "next": all[4]["id"]}));
}

fn a_page_waits_for_the_next_event(kind: Kind) {
    let database = Database::empty(kind);
    let [service, other] = [start(&database), start(&database)];
    SignIn::new(Uuid::new_v4()).at(service.admin);
    let seen = all_events(service.admin, 2)[1]["id"].as_str().unwrap().to_owned();
    let at_once = read(service.admin, &format!("?after={seen}"));
    assert_eq!(at_once.json(), json!({"events": [], "next": seen}));
    let (page, session) = std::thread::scope(|scope| {
        let query = format!("?after={seen}&type=session.issued&wait=30s");
        let page = scope.spawn(move || events(service.admin, &query));
        // Another replica writes it.
        let session = SignIn::new(Uuid::new_v4()).at(other.admin).session;
        (page.join().unwrap(), session)
    });
    assert_eq!(page[0]["data"]["session_id"], session);
}

fn events_older_than_the_retention_are_deleted(kind: Kind) {
    let database = Database::empty(kind);
    let service = start(&database);
    SignIn::new(Uuid::new_v4()).at(service.admin);
    let old = all_events(service.admin, 2);
    let prune = |before| service.wait(service.sessions.prune_events(before)).unwrap();
    prune(NOW);
    assert_eq!(all_events(service.admin, 2), old);
    prune(NOW + Duration::from_secs(1));
    assert_eq!(read(service.admin, "").json(), json!({"events": [], "next": old[1]["id"]}));
    SignIn::new(Uuid::new_v4()).at(service.admin);
    let new = all_events(service.admin, 2);
    let last = old[1]["id"].as_str().unwrap();
    assert_eq!(events(service.admin, &format!("?after={last}")), new);

    let first = old[0]["id"].as_str().unwrap();
    for query in [format!("?after={first}"), "?after=0000000000000000".to_owned()] {
        let answer = read(service.admin, &query);
        assert_eq!(answer.status, 410, "{answer:?}");
        assert_eq!(answer.json()["error"]["details"], json!({"oldest": last}));
    }
}

fn invalid_parameters_are_refused(kind: Kind) {
    let database = Database::empty(kind);
    let service = start(&database);
    for (query, problem) in [
        ("after=x", "'after' must be the id of an event"),
        ("after=00000000000000001", "'after' must be the id of an event"),
        ("after=0000000000000001", "'after' is no event of this log"),
        ("after=0000000000000000&after=0000000000000000", "'after' occurs more than once"),
        ("limit=0", "'limit' must be a number from 1 to 1000"),
        ("limit=1001", "'limit' must be a number from 1 to 1000"),
        ("limit=-1", "'limit' must be a number from 1 to 1000"),
        ("wait=31s", "'wait' must be a time of at most 30s"),
        ("wait=soon", "'wait' must be a time of at most 30s"),
        ("type=session.stolen", "'type' must be a type of events"),
        ("type=session.issued,", "'type' must be a type of events"),
        ("identity=7", "'identity' must be a UUID"),
    ] {
        let answer = read(service.admin, &format!("?{query}"));
        assert_eq!(answer.status, 400, "{query}: {answer:?}");
        assert!(answer.reason().contains(problem), "{query}: {answer:?}");
    }
    assert_eq!(ask(&service, "GET", "/admin/events?limit=1000&wait=&type=", "").status, 200);
}

/// Three replicas write and put events in order at the same time, while a reader follows.
fn readers_see_all_events_of_many_replicas_in_the_same_order(kind: Kind) {
    const SESSIONS: usize = 60;
    let database = Database::empty(kind);
    let replicas = [start(&database), start(&database), start(&database)];
    let admin = replicas[0].admin;
    let (issued, followed) = std::thread::scope(|scope| {
        let writers: Vec<_> = replicas
            .iter()
            .map(|replica| {
                scope.spawn(|| {
                    let sign_in = |_| SignIn::new(Uuid::new_v4()).at(replica.admin).session;
                    (0..SESSIONS / 3).map(sign_in).collect::<Vec<_>>()
                })
            })
            .collect();
        let followed = follow(admin, 2 * SESSIONS);
        let issued = writers.into_iter().flat_map(|writer| writer.join().unwrap());
        (issued.collect::<BTreeSet<_>>(), followed)
    });
    assert_eq!(followed, all_events(replicas[2].admin, 2 * SESSIONS));
    let sessions = followed.iter().filter_map(|event| event["data"]["session_id"].as_str());
    let sessions: Vec<_> = sessions.map(str::to_owned).collect();
    assert_eq!(sessions.len(), SESSIONS);
    assert_eq!(sessions.into_iter().collect::<BTreeSet<_>>(), issued);
}

/// Reads page by page until there were this many events.
fn follow(admin: SocketAddr, count: usize) -> Vec<Value> {
    let (mut found, mut query) = (Vec::new(), "?limit=7".to_owned());
    wait_for("all events", || {
        let page = read(admin, &format!("{query}&wait=1s")).json();
        found.extend(page["events"].as_array().unwrap().iter().cloned());
        query = format!("?limit=7&after={}", page["next"].as_str().unwrap());
        if found.len() >= count { Ok(()) } else { Err(found.len()) }
    });
    found
}
