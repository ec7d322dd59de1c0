//! Lost responses. Any response of the database server can be lost, together with the connection.
//! The caller still receives the normal response, and each effect of the call has exactly one audit
//! record. (SQLite has no responses that can be lost.)

mod calls;
mod fixture;

use elsewhere::clock::Clock;
use elsewhere::event::{Actor, Change};
use elsewhere::session::Expiry;
use serde_json::json;
use uuid::Uuid;

use crate::database::lost_answers::calls::CALLS;
use crate::database::lost_answers::fixture::{Fixture, without_tls};
use crate::support::databases::{Database, Kind, on_every_server};
use crate::support::http_client::send;
use crate::support::people::{NOW, person, session};
use crate::support::proxy::Proxy;
use crate::support::service::{Service, config};
use crate::support::sign_in::SignIn;
use crate::support::transaction::{Transaction, wait_for_lock_waits};

on_every_server! {
    each_call_has_one_audit_record_whichever_response_is_lost,
    an_already_ended_session_gets_no_second_audit_record,
    only_one_of_two_extensions_to_the_same_instant_counts,
    issued_session_is_answered_without_a_further_read,
}

/// The messages after which a response is lost, and the number of responses to try for each.
const LOST: [(&str, u64); 4] =
    [("BEGIN", 10), ("UPDATE sessions", 3), ("DELETE FROM sessions", 3), ("COMMIT", 1)];

fn each_call_has_one_audit_record_whichever_response_is_lost(kind: Kind) {
    let mut fixture = Fixture::new(kind);
    for call in CALLS {
        let mut lost = 0;
        for (text, answers) in LOST {
            for nth in 1..=answers {
                lost += u32::from(fixture.call(&call, text, nth));
            }
        }
        assert!(lost > 10, "{}: {lost}", call.name);
    }
    let differences = fixture.differences();
    assert!(differences.is_empty(), "{differences:#?}");
}

/// Also if the connection of the second call is cut before the call has an effect.
fn an_already_ended_session_gets_no_second_audit_record(kind: Kind) {
    let mut fixture = Fixture::new(kind);
    for call in CALLS.iter().filter(|call| call.event == "ended") {
        let target = fixture.target();
        let call_again = |fixture: &mut Fixture| {
            let answer = (call.send)(&fixture.replica, &target);
            assert_eq!(answer.status, call.status, "{}: {answer:?}", call.name);
            for session in (call.sessions)(&target, &answer) {
                fixture.expected.insert((call.event.to_owned(), session), 1);
            }
        };
        call_again(&mut fixture);
        for text in ["UPDATE sessions", "BEGIN"] {
            fixture.fresh_connection();
            fixture.proxy.lose_response_to(text, 1);
            call_again(&mut fixture);
        }
    }
    let differences = fixture.differences();
    assert!(differences.is_empty(), "{differences:#?}");
}

/// Two calls extend to the same instant, as when the absolute lifespan is the limit. Both wait for
/// a lock; the connection of one is cut there, and that call is retried.
fn only_one_of_two_extensions_to_the_same_instant_counts(kind: Kind) {
    let database = Database::empty(kind);
    let (proxy, url) = Proxy::start(&without_tls(&database));
    let service = |url: &str| Service::start(&config([("database.url", url)]), Clock::fixed(NOW));
    let (one, other) = (service(&database.url), service(&url));
    let extended = session(60);
    one.issue(&person(), std::slice::from_ref(&extended));
    let id = extended.session.id;
    let until = Expiry { expires_at: NOW + time::Duration::days(2), absolute_expires_at: None };
    let change = Change::extend(Actor::System, NOW);
    let extend = |service: &Service| service.wait(service.repository.extend(id, until, &change));

    let mut holder = Transaction::begin(&database);
    holder.run(&format!("SELECT id FROM sessions WHERE id = '{id}' FOR UPDATE"));
    let done = std::thread::scope(|scope| {
        let cut_off = scope.spawn(|| extend(&other));
        wait_for_lock_waits(&database, &other, 1);
        let behind_it = scope.spawn(|| extend(&one));
        wait_for_lock_waits(&database, &one, 2);
        proxy.cut();
        holder.commit();
        [cut_off, behind_it].map(|call| call.join().unwrap().unwrap())
    });
    assert_eq!(done.iter().filter(|done| **done).count(), 1, "{done:?}");
    let shown = send(one.admin, "GET", &format!("/admin/sessions/{id}"), &[]).json();
    assert_eq!(shown["expires_at"], "2026-11-25T12:00:00Z");
}

/// Nobody would know the token of a session that was issued before a read failed.
fn issued_session_is_answered_without_a_further_read(kind: Kind) {
    let database = Database::empty(kind);
    let (proxy, url) = Proxy::start(&without_tls(&database));
    let service = Service::start(&config([("database.url", &*url)]), Clock::fixed(NOW));
    proxy.hold("JOIN session_devices");
    let device = json!({"user_agent": "Example/1"});
    let signed_in = SignIn::new(Uuid::new_v4()).device(device).at(service.admin);
    assert!(!proxy.has_held());
    // The read of one session is such a statement.
    let read = std::thread::scope(|scope| {
        let path = format!("/admin/sessions/{}?expand=devices", signed_in.session);
        let read = scope.spawn(move || send(service.admin, "GET", &path, &[]).json());
        proxy.wait_until_held();
        proxy.release();
        read.join().unwrap()
    });
    assert_eq!(read["devices"][0]["user_agent"], "Example/1");
}
