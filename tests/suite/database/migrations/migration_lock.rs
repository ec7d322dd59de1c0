//! The migration lock, held by a process that pauses for too long.

use crate::database::migrations::target::{MigrationTarget, NEWEST, start_service};
use crate::support::databases::{Kind, on_every_server};
use crate::support::output::Lines;
use crate::support::proxy::Proxy;

on_every_server! { a_holder_that_lost_the_migration_lock_writes_nothing }

/// The holder of the migration lock is paused after its fence check and after it has sent a
/// statement, for longer than its lease. Another process completes the migration, and the late
/// statement has no effect.
fn a_holder_that_lost_the_migration_lock_writes_nothing(kind: Kind) {
    let (folder, target) = (tempfile::tempdir().unwrap(), MigrationTarget::new(kind));
    let (proxy, url) = Proxy::start(&target.url);
    proxy.hold("CREATE TABLE IF NOT EXISTS session_devices");
    let mut paused = start_service(&folder, &url);
    proxy.wait_until_held();
    paused.signal("STOP");

    drop(target.serve());
    assert_eq!(target.version(), Some(NEWEST));
    // If the table exists again later, the paused holder has created it.
    target.run("DROP TABLE session_devices");
    proxy.release();
    paused.signal("CONT");
    // It finds that another process has migrated, and serves.
    let mut stderr = Lines::of(paused.0.stderr.take().unwrap());
    assert!(stderr.any(|line| line.contains("listening")));
    assert!(target.texts("SELECT CONCAT(COUNT(*), '') FROM session_devices").is_err());
}
