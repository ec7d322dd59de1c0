//! Migrations that are killed at any moment.

use crate::database::migrations::fixture::{assert_next_start_completes, kill, uninterrupted};
use crate::database::migrations::target::MigrationTarget;
use crate::support::databases::{Kind, on_every_database};

on_every_database! {
    the_next_start_completes_a_migration_killed_at_any_moment,
    every_version_can_be_applied_again,
}

/// The number of first starts to kill on each database.
const KILLS: u32 = 50;

fn the_next_start_completes_a_migration_killed_at_any_moment(kind: Kind) {
    let folder = tempfile::tempdir().unwrap();
    let (description, span) = uninterrupted(kind);
    let targets = MigrationTarget::several(kind, KILLS);
    for (target, nth) in targets.iter().zip(0..) {
        let process = target.start(&folder);
        std::thread::sleep(span * nth / KILLS);
        kill(process);
    }
    let partly_migrated = targets.iter().filter(|target| target.is_partly_migrated()).count();
    eprintln!("{partly_migrated} of {KILLS} were partly migrated, in a span of {span:?}");
    assert!(partly_migrated >= 3, "{partly_migrated}");
    assert_next_start_completes(&targets, &description);
}

/// An interrupted version is applied again. All versions are applied again to a database from
/// before the first release, whose versions had other numbers and were in another table.
fn every_version_can_be_applied_again(kind: Kind) {
    let target = MigrationTarget::new(kind);
    drop(target.serve());
    let description = target.description();
    target.run("DELETE FROM elsewhere_schema_versions");
    drop(target.serve());
    target.assert_complete(&description);
}
