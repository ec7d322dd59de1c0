//! Leases: a replica answers from memory only while the database answers, and the answer to a change
//! waits for the other replicas.

use std::time::{Duration, Instant};

use uuid::Uuid;

use crate::support::databases::{Database, Kind, on_every_database};
use crate::support::http_client::{get, send};
use crate::support::memory::{metric, warm};
use crate::support::people::TestService;
use crate::support::process::Replica;
use crate::support::sign_in::{SignIn, SignedIn};
use crate::support::wait::wait_until;

on_every_database! { a_frozen_replica_delays_a_change_by_a_lease_and_does_not_answer_as_before }

fn a_frozen_replica_delays_a_change_by_a_lease_and_does_not_answer_as_before(kind: Kind) {
    let database = Database::empty(kind);
    let start = || Replica::start(&[("database.url", &database.url)]);
    let replicas = [start(), start()];
    let identity = Uuid::new_v4();
    let own = SignIn::new(identity).at(replicas[0].admin);
    for _ in 0..3 {
        let other = SignIn::new(identity).at(replicas[0].admin);
        for replica in &replicas {
            warm(replica.public, replica.admin, &other.token);
        }
        replicas[1].running.signal("STOP");
        let began = Instant::now();
        let status = revoke(&replicas[0], &own, &other);
        if kind == Kind::Sqlite && status == 503 {
            // It was frozen while it held the lock on the file.
            replicas[1].running.signal("CONT");
            continue;
        }
        assert_eq!(status, 204);
        assert!(began.elapsed() >= Duration::from_millis(150), "{:?}", began.elapsed());
        let answer = std::thread::scope(|scope| {
            let asking =
                scope.spawn(|| get(replicas[1].public, "/sessions/whoami", &other.token).status);
            replicas[1].running.signal("CONT");
            asking.join().unwrap()
        });
        assert_eq!(answer, 401);
    }
}

fn revoke(replica: &Replica, own: &SignedIn, other: &SignedIn) -> u16 {
    let path = format!("/sessions/{}", other.session);
    let headers = [("X-Session-Token", own.token.as_bytes())];
    send(replica.public, "DELETE", &path, &headers).status
}

/// The registration of a killed replica delays changes until others have removed it.
#[test]
fn a_killed_replica_is_removed_by_the_others() {
    let test = TestService::start(&[]);
    let killed = Replica::start(&[("database.url", &test.database.url)]);
    let signed_in = SignIn::new(Uuid::new_v4()).at(killed.admin);
    warm(killed.public, killed.admin, &signed_in.token);
    let replicas = || test.database.texts("SELECT id FROM elsewhere_replicas").len();
    assert_eq!(replicas(), 2);
    drop(killed);
    wait_until("the removal of the killed replica", || replicas() == 1);
    let own = SignIn::new(Uuid::new_v4()).at(test.service.admin);
    let headers = [("X-Session-Token", own.token.as_bytes())];
    wait_until("a change that waits for nobody", || {
        let before = metric(test.service.admin, "elsewhere_cache_change_wait_seconds_count");
        assert_eq!(send(test.service.public, "DELETE", "/sessions", &headers).status, 200);
        metric(test.service.admin, "elsewhere_cache_change_wait_seconds_count") == before
    });
}

#[test]
fn a_replica_that_stops_leaves_the_registry() {
    let test = TestService::start(&[]);
    let mut stopped = Replica::start(&[("database.url", &test.database.url)]);
    let signed_in = SignIn::new(Uuid::new_v4()).at(stopped.admin);
    warm(stopped.public, stopped.admin, &signed_in.token);
    stopped.running.signal("TERM");
    assert!(stopped.running.wait().success());
    assert_eq!(test.database.texts("SELECT id FROM elsewhere_replicas").len(), 1);
}

/// A replica without answers from memory is none that others wait for, and waits for those.
#[test]
fn a_replica_without_memory_waits_for_the_others() {
    let test = TestService::start(&[]);
    let without =
        Replica::start(&[("database.url", &test.database.url), ("cache.enabled", "false")]);
    let own = SignIn::new(Uuid::new_v4()).at(without.admin);
    warm(test.service.public, test.service.admin, &own.token);
    assert_eq!(test.database.texts("SELECT id FROM elsewhere_replicas").len(), 1);
    let path = format!("/admin/sessions/{}", own.session);
    assert_eq!(send(without.admin, "DELETE", &path, &[]).status, 204);
    assert_eq!(get(test.service.public, "/sessions/whoami", &own.token).status, 401);
    assert_eq!(metric(without.admin, "elsewhere_cache_hits_total"), 0);
}
