//! Migrations that are killed before each step.

use crate::database::migrations::fixture::{
    assert_next_start_completes, for_each, kill_before, uninterrupted,
};
use crate::database::migrations::target::{MigrationTarget, NEWEST};
use crate::support::databases::{Kind, on_every_server};

on_every_server! { the_next_start_completes_a_migration_killed_before_any_step }

/// Texts of the statements with which a migration acquires the migration lock, starts and records
/// each version, and releases the lock.
fn steps(kind: Kind) -> Vec<String> {
    let statements = [
        "INSERT INTO elsewhere_migrating",
        "CREATE TABLE IF NOT EXISTS elsewhere_schema_versions",
        "CREATE TABLE IF NOT EXISTS networks",
        "INSERT INTO networks",
        "CREATE TABLE IF NOT EXISTS identities",
        "CREATE TABLE IF NOT EXISTS sessions",
        "CREATE TABLE IF NOT EXISTS session_devices",
        "sessions_in_order ON sessions",
        "CREATE TABLE IF NOT EXISTS elsewhere_activity",
        "CREATE TABLE IF NOT EXISTS elsewhere_events",
        "CREATE TABLE IF NOT EXISTS elsewhere_event_log",
        "INSERT INTO elsewhere_event_log",
        "CREATE TABLE IF NOT EXISTS elsewhere_webhooks",
        "CREATE TABLE IF NOT EXISTS elsewhere_undelivered_events",
        "CREATE TABLE IF NOT EXISTS elsewhere_replicas",
        "ALTER TABLE sessions",
        "ALTER TABLE elsewhere_events",
        "DELETE FROM elsewhere_migrating",
    ];
    let versions = (1..=NEWEST).map(|version| format!("VALUES ({version}, "));
    let only_mysql = (kind == Kind::MySql).then(|| "MODIFY external_id".to_owned());
    statements.into_iter().map(str::to_owned).chain(versions).chain(only_mysql).collect()
}

fn the_next_start_completes_a_migration_killed_before_any_step(kind: Kind) {
    let (description, _) = uninterrupted(kind);
    let steps = steps(kind);
    let targets = MigrationTarget::several(kind, steps.len().try_into().unwrap());
    for_each(targets.iter().zip(&steps), |(target, step)| kill_before(target, step));
    let partly_migrated = targets.iter().filter(|target| target.is_partly_migrated()).count();
    // All except the target where nothing had started and the one where everything was done.
    assert_eq!(partly_migrated, steps.len() - 2);
    assert_next_start_completes(&targets, &description);
}
