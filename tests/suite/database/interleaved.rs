//! Concurrent writes during background work. The work reads first and writes a moment later, and
//! must respect what others write in between. Here the test holds a transaction open, so that the
//! work has read its rows and waits to write.

use elsewhere::clock::Clock;
use elsewhere::event::Change;
use elsewhere::repository::{BatchSize, NewSession};
use time::Duration;
use uuid::Uuid;

use crate::support::databases::{Kind, on_every_database};
use crate::support::http_client::get;
use crate::support::people::{NOW, TestService, person, session};
use crate::support::proxy::Proxy;
use crate::support::service::{Service, config};
use crate::support::transaction::{Transaction, wait_for_lock_waits};

on_every_database! {
    a_session_extended_during_the_expiry_sweep_stays_active,
    a_session_extended_during_prune_stays_active,
    activity_of_a_restored_session_is_kept,
}

/// Extends the session to tomorrow, as an extension that began before the session expired.
fn extend(issued: &NewSession, kind: Kind) -> String {
    let zone = if kind == Kind::Sqlite { "+00:00" } else { "" };
    let id = issued.session.id;
    format!("UPDATE sessions SET expires_at = '2026-11-24 12:00:00{zone}' WHERE id = '{id}'")
}

/// A service, and two sessions that expired this long ago.
fn with_expired(kind: Kind, ago: Duration) -> (TestService, NewSession, NewSession) {
    let test = TestService::start_on(kind, &[]);
    let [mut one, mut other] = [session(100), session(90)];
    for issued in [&mut one, &mut other] {
        issued.session.created_at -= ago;
        issued.session.expires_at = NOW - ago;
    }
    test.issue(&person(), &[one.clone(), other.clone()]);
    (test, one, other)
}

fn status(test: &TestService, issued: &NewSession) -> u16 {
    get(test.service.public, "/sessions/whoami", issued.token.expose()).status
}

/// Runs work of the service until it waits for an open transaction with this statement, then
/// commits the transaction and returns the result of the work.
fn with_concurrent_write<T: Send>(
    test: &TestService,
    sql: &str,
    work: impl FnOnce(&Service) -> T + Send,
) -> T {
    let mut transaction = Transaction::begin(&test.database);
    transaction.run(sql);
    std::thread::scope(|scope| {
        let working = scope.spawn(|| work(&test.service));
        wait_for_lock_waits(&test.database, &test.service, 1);
        transaction.commit();
        working.join().unwrap()
    })
}

fn a_session_extended_during_the_expiry_sweep_stays_active(kind: Kind) {
    let (test, extended, expired) = with_expired(kind, Duration::seconds(1));
    let marked = with_concurrent_write(&test, &extend(&extended, kind), |service| {
        service.wait(service.repository.end_expired(&Change::expire(NOW), BatchSize::MAX)).unwrap()
    });
    assert_eq!([status(&test, &extended), status(&test, &expired)], [200, 401]);
    assert_eq!(marked.sessions.len(), 1, "only what was written is counted");
}

fn a_session_extended_during_prune_stays_active(kind: Kind) {
    let (test, extended, expired) = with_expired(kind, Duration::days(40));
    let deleted = with_concurrent_write(&test, &extend(&extended, kind), |service| {
        service.prune(NOW - Duration::days(30), false).unwrap()
    });
    assert_eq!([status(&test, &extended), status(&test, &expired)], [200, 401]);
    assert_eq!(deleted, 1, "only what was written is counted");
}

/// As when Kratos is restored from a backup.
fn activity_of_a_restored_session_is_kept(kind: Kind) {
    let (test, here, gone) = with_expired(kind, -Duration::days(1));
    let (repository, ids) = (&test.service.repository, [here.session.id, gone.session.id]);
    assert_eq!(test.service.wait(repository.note_activity(&ids, NOW)).unwrap(), 2);
    test.database.run("CREATE TABLE kept AS SELECT * FROM sessions");
    test.database.run(&format!("DELETE FROM sessions WHERE id = '{}'", here.session.id));
    let come_back = format!("INSERT INTO sessions SELECT * FROM kept WHERE id = '{}'", ids[0]);

    if kind == Kind::Sqlite {
        with_concurrent_write(&test, &come_back, |service| {
            service.wait(service.repository.forget_deleted(Uuid::nil(), BatchSize::MAX)).unwrap()
        });
    } else {
        // There is no lock to wait for, so a proxy holds the DELETE statement.
        let off = if kind == Kind::MySql { "ssl-mode=DISABLED" } else { "sslmode=disable" };
        let (proxy, url) = Proxy::start(&format!("{}?{off}", test.database.url));
        let behind = Service::start(&config([("database.url", url.as_str())]), Clock::fixed(NOW));
        proxy.hold("DELETE FROM elsewhere_activity");
        std::thread::scope(|scope| {
            let forgetting = scope.spawn(|| {
                behind.wait(behind.repository.forget_deleted(Uuid::nil(), BatchSize::MAX))
            });
            proxy.wait_until_held();
            test.database.run(&come_back);
            proxy.release();
            forgetting.join().unwrap().unwrap();
        });
    }
    let known = test.service.wait(repository.last_activity(&ids)).unwrap();
    assert_eq!(known.len(), 2, "{known:?}");
}
