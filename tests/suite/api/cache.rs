//! Answers of `whoami` from memory.

mod beside_kratos;
mod bounds;
mod coherence;
mod leases;
mod many_changes;
mod silent_database;

use elsewhere::clock::Clock;
use elsewhere::repository::NewSession;
use time::Duration;

use crate::support::databases::{Database, Kind, on_every_database};
use crate::support::http_client::{Answer, get, send};
use crate::support::memory::warm;
use crate::support::people::{NOW, TestService, person, session};
use crate::support::service::{Service, config};
use crate::support::wait::wait_for;

on_every_database! {
    hot_session_needs_no_statement,
    each_kind_of_answer_is_from_memory,
    list_is_the_same_if_the_caller_is_in_memory,
}

fn whoami(service: &Service, session: &NewSession) -> u16 {
    get(service.public, "/sessions/whoami", session.token.expose()).status
}

fn warm_up(service: &Service, session: &NewSession) {
    warm(service.public, service.admin, session.token.expose());
}

/// Asks about a session whose row is gone. On a busy machine, the lease may run out between two looks
/// for changes.
fn from_memory(service: &Service, (name, value): (&str, &str), method: &str) -> Answer {
    wait_for("an answer from memory", || {
        let headers = [(name, value.as_bytes())];
        let answer = send(service.public, method, "/sessions/whoami", &headers);
        if answer.status == 200 { Ok(answer) } else { Err(answer) }
    })
}

/// The row is gone, which nobody tells the service: an answer can only be from memory.
fn hot_session_needs_no_statement(kind: Kind) {
    let test = TestService::start_on(kind, &[]);
    let (hot, cold) = (session(1), session(2));
    test.issue(&person(), &[hot.clone(), cold.clone()]);
    warm_up(&test.service, &hot);
    let before = get(test.service.public, "/sessions/whoami", hot.token.expose());
    test.database.run("DELETE FROM session_devices");
    test.database.run("DELETE FROM sessions");

    let answer = from_memory(&test.service, ("X-Session-Token", hot.token.expose()), "GET");
    assert_eq!(answer.body, before.body);
    let names = |answer: &Answer| -> Vec<String> {
        answer.headers.iter().map(|(name, _)| name.clone()).collect()
    };
    assert_eq!(names(&answer), names(&before));
    assert_eq!(whoami(&test.service, &cold), 401);
    // Other answers are read.
    assert_eq!(get(test.service.public, "/sessions?page=2", hot.token.expose()).status, 401);
    let expanded = "/sessions/whoami?expand=activity";
    assert_eq!(get(test.service.public, expanded, hot.token.expose()).status, 401);
}

fn list_is_the_same_if_the_caller_is_in_memory(kind: Kind) {
    let test = TestService::start_on(kind, &[]);
    let sessions: Vec<_> = (1..=5).map(session).collect();
    test.issue(&person(), &sessions);
    let hot = &sessions[2];
    let paths = [
        "/sessions",
        "/sessions?page_size=2",
        "/sessions?page=1&per_page=2",
        "/sessions?expand=device_labels&expand=activity",
    ];
    let list = |path: &str| {
        let answer = get(test.service.public, path, hot.token.expose());
        let headers = ["link", "x-total-count"].map(|name| answer.header(name));
        (answer.status, answer.json(), headers)
    };
    let read = paths.map(list);
    assert_eq!(read[1].1.as_array().map(Vec::len), Some(2));
    assert_eq!(read[2].2[1], "4");
    warm_up(&test.service, hot);
    // The caller's row is gone, which nobody tells the service.
    let id = hot.session.id;
    test.database.run(&format!("DELETE FROM session_devices WHERE session_id = '{id}'"));
    test.database.run(&format!("DELETE FROM sessions WHERE id = '{id}'"));
    let list_from_memory = |path: &str| {
        wait_for("a list of a caller in memory", || {
            let found = list(path);
            if found.0 == 200 { Ok(found) } else { Err(found) }
        })
    };
    for (path, read) in paths.iter().zip(read) {
        assert_eq!(list_from_memory(path), read, "{path}");
    }
    // A session that ends is gone from it at once.
    let ended = format!("/admin/sessions/{}", sessions[0].session.id);
    assert_eq!(send(test.service.admin, "DELETE", &ended, &[]).status, 204);
    assert_eq!(list_from_memory("/sessions").1.as_array().map(Vec::len), Some(3));
}

/// The kind of credential and the method make no difference.
fn each_kind_of_answer_is_from_memory(kind: Kind) {
    let secret = [("session.cookie_secrets", "0123456789abcdef0123456789abcdef")];
    let test = TestService::start_on(kind, &secret);
    let hot = session(1);
    test.issue(&person(), std::slice::from_ref(&hot));
    let read = get(test.service.public, "/sessions/whoami", hot.token.expose()).json();
    warm_up(&test.service, &hot);
    test.database.run("DELETE FROM session_devices");
    test.database.run("DELETE FROM sessions");

    let cookie = test.cookie(&hot);
    let bearer = format!("Bearer {}", hot.token.expose());
    for header in [("Cookie", cookie.as_str()), ("Authorization", &bearer)] {
        for method in ["GET", "POST", "DELETE"] {
            let answer = from_memory(&test.service, header, method);
            assert_eq!(answer.json(), read);
        }
    }
    // A token that only begins like the right one is another one.
    let longer = format!("{}x", hot.token.expose());
    assert_eq!(get(test.service.public, "/sessions/whoami", &longer).status, 401);
}

#[test]
fn session_in_memory_expires_to_the_instant() {
    let (clock, hot) = (Clock::fixed(NOW), session(1));
    let database = Database::empty(Kind::Sqlite);
    let time = std::sync::Arc::new(std::sync::Mutex::new(clock.now()));
    let moving = Clock::new({
        let time = std::sync::Arc::clone(&time);
        move || *time.lock().unwrap()
    });
    let service = Service::start(&config([("database.url", database.url.as_str())]), moving);
    service.issue(&person(), std::slice::from_ref(&hot));
    warm_up(&service, &hot);
    *time.lock().unwrap() = hot.session.expires_at - Duration::microseconds(1);
    assert_eq!(whoami(&service, &hot), 200);
    *time.lock().unwrap() = hot.session.expires_at;
    assert_eq!(whoami(&service, &hot), 401);
}
