//! The log of events: each change of a session or identity has exactly one event, in order.

mod beside_kratos;
mod order;
mod pages;
mod stream;

use std::net::SocketAddr;

use elsewhere::clock::Clock;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::databases::{Database, Kind, on_every_database};
use crate::support::http_client::{Answer, send, send_json};
use crate::support::people::NOW;
use crate::support::service::{Service, config};
use crate::support::sign_in::{SignIn, SignedIn};
use crate::support::wait::wait_for;

on_every_database! {
    each_change_has_its_event,
    an_event_tells_who_did_what_to_which_session,
    a_deleted_session_has_a_cause_only_if_it_was_live,
    an_identity_that_stays_the_same_has_no_event,
    sessions_that_expire_or_are_pruned_have_events,
    a_session_that_has_expired_has_one_end_whatever_follows,
    sessions_that_revoke_each_other_have_one_event_each,
}

fn start(database: &Database) -> Service {
    Service::start(&config([("database.url", database.url.as_str())]), Clock::fixed(NOW))
}

fn read(admin: SocketAddr, query: &str) -> Answer {
    send(admin, "GET", &format!("/admin/events{query}"), &[])
}

/// The events of a page that is not empty.
fn events(admin: SocketAddr, query: &str) -> Vec<Value> {
    let answer = read(admin, query);
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()["events"].as_array().unwrap().clone()
}

/// Waits until there are this many events, and returns them.
fn all_events(admin: SocketAddr, count: usize) -> Vec<Value> {
    wait_for(&format!("{count} events"), || {
        let found = events(admin, "?limit=1000");
        if found.len() >= count { Ok(found) } else { Err(found) }
    })
}

fn ask(service: &Service, method: &str, path: &str, body: &str) -> Answer {
    let answer = if body.is_empty() {
        send(service.admin, method, path, &[])
    } else {
        send_json(service.admin, method, path, &[], body)
    };
    assert!(answer.status < 300, "{method} {path}: {answer:?}");
    answer
}

fn revoke_others(service: &Service, caller: &SignedIn) -> Answer {
    let token: &[(&str, &[u8])] = &[("X-Session-Token", caller.token.as_bytes())];
    send(service.public, "DELETE", "/sessions", token)
}

/// The type, the session and the cause of each event.
fn summaries(events: &[Value]) -> Vec<(String, Option<String>, Option<String>)> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let summary = |event: &Value| {
        let data = &event["data"];
        (text(&event["type"]).unwrap(), text(&data["session_id"]), text(&data["cause"]))
    };
    events.iter().map(summary).collect()
}

fn each_change_has_its_event(kind: Kind) {
    let database = Database::empty(kind);
    let service = start(&database);
    let ana = Uuid::new_v4();
    let sign_in = || SignIn::new(ana).expires_in("2h".to_owned()).at(service.admin);
    let [one, two, three, four, five] = [sign_in(), sign_in(), sign_in(), sign_in(), sign_in()];
    let path = |session: &SignedIn| format!("/admin/sessions/{}", session.session);

    ask(&service, "PATCH", &format!("{}/extend", path(&one)), "");
    ask(&service, "DELETE", &path(&two), "");
    // Already ended: no second event.
    ask(&service, "DELETE", &path(&two), "");
    let bulk = json!({"action": "delete", "sessions": [three.session]}).to_string();
    ask(&service, "POST", "/admin/sessions", &bulk);
    assert_eq!(revoke_others(&service, &one).json(), json!({"count": 2}));
    let identity = format!("/admin/identities/{ana}");
    ask(&service, "PATCH", &identity, r#"{"traits": {"email": "ana@example.org"}}"#);
    ask(&service, "PATCH", &identity, r#"{"state": "inactive"}"#);
    ask(&service, "DELETE", &identity, "");

    let found = all_events(service.admin, 19);
    let event = |name: &str, session: Option<&SignedIn>, cause: Option<&str>| {
        let session = session.map(|session| session.session.clone());
        (name.to_owned(), session, cause.map(str::to_owned))
    };
    let mut expected = vec![event("identity.changed", None, None)];
    let all = [&one, &two, &three, &four, &five];
    expected.extend(all.map(|session| event("session.issued", Some(session), None)));
    expected.push(event("session.extended", Some(&one), None));
    expected.push(event("session.revoked", Some(&two), Some("operator")));
    expected.push(event("session.deleted", Some(&three), Some("operator")));
    let mut others =
        [&four, &five].map(|other| event("session.revoked", Some(other), Some("user")));
    others.sort();
    expected.extend(others);
    expected.push(event("identity.changed", None, None));
    expected.push(event("identity.deactivated", None, None));
    expected.push(event("session.revoked", Some(&one), Some("identity_deactivated")));
    let mut left = [&one, &two, &four, &five].map(|one| event("session.deleted", Some(one), None));
    left.sort();
    expected.extend(left);
    expected.push(event("identity.deleted", None, None));
    let mut found = summaries(&found);
    // Sessions that are changed together are in no particular order.
    found[9..11].sort();
    found[14..18].sort();
    assert_eq!(found, expected);
}

fn an_event_tells_who_did_what_to_which_session(kind: Kind) {
    let database = Database::empty(kind);
    let service = start(&database);
    let ana = Uuid::new_v4();
    let [here, other] = [(); 2].map(|()| SignIn::new(ana).at(service.admin));
    revoke_others(&service, &here);
    let found = all_events(service.admin, 4);
    let id = found[3]["id"].as_str().unwrap();
    assert_eq!(
        found[3],
        json!({
            "id": id,
            "type": "session.revoked",
            "timestamp": "2026-11-23T12:00:00Z",
            "data": {
                "session_id": other.session,
                "identity_id": ana.to_string(),
                "cause": "user",
                "actor": {"kind": "user", "session_id": here.session, "address": "127.0.0.1"},
                "expires_at": "2026-12-23T12:00:00Z",
            },
        })
    );
    let issued = json!({"kind": "operator", "address": "127.0.0.1"});
    assert_eq!(found[1]["data"]["actor"], issued);
    let ids: Vec<_> = found.iter().map(|event| event["id"].as_str().unwrap()).collect();
    assert!(ids.is_sorted(), "{ids:?}");
    let text = Value::from(found).to_string();
    assert!(!text.contains(&here.token) && !text.contains(&other.token), "{text}");
}

fn a_deleted_session_has_a_cause_only_if_it_was_live(kind: Kind) {
    let database = Database::empty(kind);
    let service = start(&database);
    let [live, ended] = [(); 2].map(|()| SignIn::new(Uuid::new_v4()).at(service.admin).session);
    ask(&service, "DELETE", &format!("/admin/sessions/{ended}"), "");
    let bulk = |id: &str| json!({"action": "delete", "sessions": [id]}).to_string();
    ask(&service, "POST", "/admin/sessions", &bulk(&ended));
    ask(&service, "POST", "/admin/sessions", &bulk(&live));
    let found = summaries(&all_events(service.admin, 7));
    let deleted = |id: String, cause: Option<&str>| {
        ("session.deleted".to_owned(), Some(id), cause.map(str::to_owned))
    };
    assert_eq!(found[5..], [deleted(ended, None), deleted(live, Some("operator"))]);
}

fn an_identity_that_stays_the_same_has_no_event(kind: Kind) {
    let database = Database::empty(kind);
    let service = start(&database);
    let ana = Uuid::new_v4();
    let fields = json!({"traits": {"email": "ana@example.org"}, "external_id": "7"});
    for _ in 0..2 {
        SignIn::new(ana).identity(fields.clone()).at(service.admin);
    }
    let identity = format!("/admin/identities/{ana}");
    ask(&service, "PATCH", &identity, r#"{"external_id": "7", "state": "active"}"#);
    ask(&service, "PATCH", &identity, r#"{"external_id": "8"}"#);
    SignIn::new(ana).identity(json!({"external_id": "9"})).at(service.admin);
    let found = summaries(&all_events(service.admin, 6));
    let found: Vec<_> = found.iter().map(|(name, _, _)| name.as_str()).collect();
    let (changed, issued) = ("identity.changed", "session.issued");
    assert_eq!(found, [changed, issued, issued, changed, changed, issued]);
}

fn sessions_that_expire_or_are_pruned_have_events(kind: Kind) {
    let database = Database::empty(kind);
    let service = start(&database);
    let sign_in = SignIn::new(Uuid::new_v4()).expires_in("2h".to_owned());
    let session = sign_in.at(service.admin).session;
    let later = NOW + time::Duration::days(2);
    let mut walk = elsewhere::service::ExpiryWalk::default();
    service.wait(service.sessions.mark_expired(&mut walk, &Clock::fixed(later))).unwrap();
    assert_eq!(service.prune(later + time::Duration::days(1), false).unwrap(), 1);
    let found = all_events(service.admin, 4);
    let event = |name: &str, cause: Option<&str>| {
        (name.to_owned(), Some(session.clone()), cause.map(str::to_owned))
    };
    let expected = [event("session.expired", Some("expired")), event("session.deleted", None)];
    assert_eq!(summaries(&found)[2..], expected);
    assert_eq!(found[2]["data"]["actor"], json!({"kind": "system"}));
}

/// The service marks expired sessions once a minute. Until then, their end has no event.
fn a_session_that_has_expired_has_one_end_whatever_follows(kind: Kind) {
    let database = Database::empty(kind);
    let service = start(&database);
    let [deactivated, deleted] = [Uuid::new_v4(), Uuid::new_v4()];
    let sign_in =
        |identity| SignIn::new(identity).expires_in("1h".to_owned()).at(service.admin).session;
    let sessions = [sign_in(deactivated), sign_in(deleted)];
    let later = Clock::fixed(NOW + time::Duration::hours(2));
    let config = config([("database.url", database.url.as_str())]);
    let service_later = Service::start(&config, later.clone());
    let path = format!("/admin/identities/{deactivated}");
    ask(&service_later, "PATCH", &path, r#"{"state": "inactive"}"#);
    ask(&service_later, "DELETE", &format!("/admin/identities/{deleted}"), "");
    let mut walk = elsewhere::service::ExpiryWalk::default();
    service.wait(service.sessions.mark_expired(&mut walk, &later)).unwrap();
    let all = summaries(&all_events(service.admin, 8));
    for session in sessions {
        let ends =
            all.iter().filter(|(_, one, cause)| *one == Some(session.clone()) && cause.is_some());
        let ends: Vec<_> = ends.map(|(_, _, cause)| cause.as_deref()).collect();
        assert_eq!(ends, [Some("expired")]);
    }
}

fn sessions_that_revoke_each_other_have_one_event_each(kind: Kind) {
    const SESSIONS: usize = 30;
    let database = Database::empty(kind);
    let replicas = [start(&database), start(&database)];
    let ana = Uuid::new_v4();
    let issued: Vec<_> = (0..SESSIONS).map(|_| SignIn::new(ana).at(replicas[0].admin)).collect();
    std::thread::scope(|scope| {
        for (caller, replica) in issued[..6].iter().zip(replicas.iter().cycle()) {
            scope.spawn(|| revoke_others(replica, caller));
        }
    });
    let live =
        ask(&replicas[0], "GET", &format!("/admin/identities/{ana}/sessions?active=true"), "");
    let mut expected: Vec<_> = issued.iter().map(|one| one.session.clone()).collect();
    expected.retain(|one| !live.ids().contains(one));
    let all = all_events(replicas[1].admin, 1 + SESSIONS + expected.len());
    let revoked = summaries(&all).into_iter().filter(|(name, _, _)| name == "session.revoked");
    let mut revoked: Vec<_> = revoked.filter_map(|(_, session, _)| session).collect();
    revoked.sort();
    expected.sort();
    assert_eq!(revoked, expected);
}
