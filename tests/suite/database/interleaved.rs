//! Background work decides by what it reads, and writes a moment later. What others write
//! in between counts: here a transaction that the test holds open, so that the work has
//! read and waits to write.

use elsewhere::clock::Clock;
use elsewhere::repository::{BatchSize, NewSession};
use time::Duration;
use uuid::Uuid;

use crate::support::databases::{Kind, on_every_database};
use crate::support::http_client::get;
use crate::support::people::{NOW, Own, person, session};
use crate::support::proxy::Proxy;
use crate::support::service::{Service, config};
use crate::support::transaction::{Transaction, until_wait};

on_every_database! {
    a_session_that_is_extended_under_the_sweep_lives_on,
    a_session_that_is_extended_under_prune_lives_on,
    activity_of_a_session_that_comes_back_is_kept,
}

/// To tomorrow, as an extension would that began before the session expired.
fn extend(issue: &NewSession, kind: Kind) -> String {
    let zone = if kind == Kind::Sqlite { "+00:00" } else { "" };
    let id = issue.session.id;
    format!("UPDATE sessions SET expires_at = '2026-11-24 12:00:00{zone}' WHERE id = '{id}'")
}

/// Who is signed in, someone whose session expired so long ago, and another one.
fn with_expired(kind: Kind, ago: Duration) -> (Own, NewSession, NewSession) {
    let own = Own::start_on(kind, &[]);
    let [mut one, mut other] = [session(100), session(90)];
    for issue in [&mut one, &mut other] {
        issue.session.created_at -= ago;
        issue.session.expires_at = NOW - ago;
    }
    own.issue(&person(), &[one.clone(), other.clone()]);
    (own, one, other)
}

fn status(own: &Own, issue: &NewSession) -> u16 {
    get(own.service.public, "/sessions/whoami", issue.token.expose()).status
}

/// The work of the service runs while the transaction is open, as far as it can.
fn under<T: Send>(own: &Own, sql: &str, work: impl FnOnce(&Service) -> T + Send) -> T {
    let mut transaction = Transaction::begin(&own.database);
    transaction.run(sql);
    std::thread::scope(|scope| {
        let working = scope.spawn(|| work(&own.service));
        until_wait(&own.database, &own.service, 1);
        transaction.commit();
        working.join().unwrap()
    })
}

fn a_session_that_is_extended_under_the_sweep_lives_on(kind: Kind) {
    let (own, extended, expired) = with_expired(kind, Duration::seconds(1));
    let marked = under(&own, &extend(&extended, kind), |service| {
        service.wait(service.repository.end_expired(NOW, BatchSize::MAX)).unwrap()
    });
    assert_eq!([status(&own, &extended), status(&own, &expired)], [200, 401]);
    assert_eq!(marked.count, 1, "only what was written is counted");
}

fn a_session_that_is_extended_under_prune_lives_on(kind: Kind) {
    let (own, extended, expired) = with_expired(kind, Duration::days(40));
    let deleted = under(&own, &extend(&extended, kind), |service| {
        let before = NOW - Duration::days(30);
        let repository = service.repository.as_ref();
        service.wait(elsewhere::maintenance::prune(repository, before, false, |_| ())).unwrap()
    });
    assert_eq!([status(&own, &extended), status(&own, &expired)], [200, 401]);
    assert_eq!(deleted, 1, "only what was written is counted");
}

/// As where a Kratos is restored from a backup.
fn activity_of_a_session_that_comes_back_is_kept(kind: Kind) {
    let (own, here, gone) = with_expired(kind, -Duration::days(1));
    let (repository, ids) = (&own.service.repository, [here.session.id, gone.session.id]);
    assert_eq!(own.service.wait(repository.note_activity(&ids, NOW)).unwrap(), 2);
    own.database.run("CREATE TABLE kept AS SELECT * FROM sessions");
    own.database.run(&format!("DELETE FROM sessions WHERE id = '{}'", here.session.id));
    let come_back = format!("INSERT INTO sessions SELECT * FROM kept WHERE id = '{}'", ids[0]);

    if kind == Kind::Sqlite {
        under(&own, &come_back, |service| {
            service.wait(service.repository.forget_deleted(Uuid::nil(), BatchSize::MAX)).unwrap()
        });
    } else {
        // No lock is in the way there, so what deletes is held up on its way.
        let off = if kind == Kind::MySql { "ssl-mode=DISABLED" } else { "sslmode=disable" };
        let (proxy, url) = Proxy::before(&format!("{}?{off}", own.database.url));
        let behind = Service::start(&config([("database.url", url.as_str())]), Clock::fixed(NOW));
        proxy.hold("DELETE FROM elsewhere_activity");
        std::thread::scope(|scope| {
            let forgetting = scope.spawn(|| {
                behind.wait(behind.repository.forget_deleted(Uuid::nil(), BatchSize::MAX))
            });
            proxy.until_held();
            own.database.run(&come_back);
            proxy.let_go();
            forgetting.join().unwrap().unwrap();
        });
    }
    let known = own.service.wait(repository.last_activity(&ids)).unwrap();
    assert_eq!(known.len(), 2, "{known:?}");
}
