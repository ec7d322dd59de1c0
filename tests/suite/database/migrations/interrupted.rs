//! Migrations that are killed at any moment.

use crate::database::migrations::fixture::{assert_next_start_completes, kill, uninterrupted};
use crate::database::migrations::target::MigrationTarget;
use crate::support::databases::{Kind, on_every_database};
use crate::support::output::Lines;
use crate::support::process::RunningProcess;

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
        let mut process = target.start(&folder);
        // The duration of a start depends on the load, so every second one is killed between two
        // versions in any case.
        if nth % 2 == 0 {
            std::thread::sleep(span * nth / KILLS);
        } else {
            wait_for_versions(&mut process, 1 + nth / 2 % 3);
        }
        kill(process);
    }
    let partly_migrated = targets.iter().filter(|target| target.is_partly_migrated()).count();
    eprintln!("{partly_migrated} of {KILLS} were partly migrated, in a span of {span:?}");
    assert!(partly_migrated >= 3, "{partly_migrated} in a span of {span:?}");
    assert_next_start_completes(&targets, &description);
}

/// Waits until a starting process has applied this many versions.
fn wait_for_versions(process: &mut RunningProcess, count: u32) {
    let lines = Lines::of(process.0.stderr.take().unwrap());
    let mut applied = lines.filter(|line| line.contains("migrated"));
    for _ in 0..count {
        assert!(applied.next().is_some(), "a line for each version");
    }
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
