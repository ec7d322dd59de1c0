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

on_every_database! { hot_session_needs_no_statement, each_kind_of_answer_is_from_memory }

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
    assert_eq!(get(test.service.public, "/sessions", hot.token.expose()).status, 401);
    let expanded = "/sessions/whoami?expand=activity";
    assert_eq!(get(test.service.public, expanded, hot.token.expose()).status, 401);
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
