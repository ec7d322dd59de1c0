//! Migrations that wait for a lock on a table, on MySQL.

use sqlx::Connection as _;
use tokio::runtime::Runtime;

use crate::database::migrations::fixture::{
    assert_next_start_completes, kill, kill_before, uninterrupted,
};
use crate::database::migrations::target::MigrationTarget;
use crate::support::databases::Kind;
use crate::support::output::Lines;
use crate::support::wait::{BlockOnInTime as _, wait_until};

/// A database at version 5 with an open transaction that has read identities: version 6 can be
/// applied, and version 7 waits.
fn blocked_between_two_versions() -> (MigrationTarget, Runtime, sqlx::MySqlConnection) {
    let target = MigrationTarget::new(Kind::MySql);
    kill_before(&target, "sessions_in_order ON sessions");
    // Otherwise the next start would wait until the lease has expired.
    target.run("DELETE FROM elsewhere_migrating");
    assert_eq!(target.version(), Some(5));
    let runtime = Runtime::new().unwrap();
    let reader = runtime.block_on_in_time(async {
        let mut reader = sqlx::MySqlConnection::connect(&target.url).await.unwrap();
        sqlx::raw_sql("BEGIN; SELECT id FROM identities").execute(&mut reader).await.unwrap();
        reader
    });
    (target, runtime, reader)
}

#[test]
fn on_mysql_a_locked_table_fails_this_start_but_not_the_next() {
    let (target, runtime, reader) = blocked_between_two_versions();
    let folder = tempfile::tempdir().unwrap();
    let mut running = target.start(&folder);
    let stderr: Vec<_> = Lines::of(running.0.stderr.take().unwrap()).collect();
    let status = running.wait();
    assert_eq!(status.code(), Some(1), "{stderr:?}");
    let last = stderr.last().unwrap();
    let expected = "elsewhere: database.url: migration 7 (case-sensitive external ids) failed";
    assert!(last.starts_with(expected), "{last}");
    assert_eq!(target.version(), Some(6));
    runtime.block_on_in_time(reader.close()).unwrap();
    assert_next_start_completes(&[target], &uninterrupted(Kind::MySql).0);
}

#[test]
fn on_mysql_a_kill_during_a_lock_wait_does_not_fail_the_next_start() {
    let (target, runtime, reader) = blocked_between_two_versions();
    let folder = tempfile::tempdir().unwrap();
    let process = target.start(&folder);
    let waiting = "SELECT info FROM information_schema.processlist
                   WHERE db = DATABASE() AND state = 'Waiting for table metadata lock'";
    wait_until("the migration waits for the lock", || !target.texts(waiting).unwrap().is_empty());
    kill(process);
    runtime.block_on_in_time(reader.close()).unwrap();
    assert_next_start_completes(&[target], &uninterrupted(Kind::MySql).0);
}
