//! Columns that older versions lack, and that vanish for a while.

use std::time::{Duration, Instant};

use crate::database::kratos_migrations::fixture::{BesideKratos, beside_25};
use crate::support::databases::{Kind, on_every_database};
use crate::support::kratos::older_versions::older_versions;
use crate::support::wait::wait_until;

on_every_database! {
    a_column_that_is_back_is_read_within_seconds,
    a_second_factor_is_required_even_if_the_level_vanishes,
}

const WHOAMI: &str = "/sessions/whoami";
const RENAME: &str = "ALTER TABLE identities RENAME COLUMN";
const REMOVED: &str = "columns have disappeared from Kratos's tables: they read as empty";
const ADDED: &str = "columns were added to Kratos's tables: they are read from now on";

/// Nobody asks for the readiness, which would notice it, too.
fn a_column_that_is_back_is_read_within_seconds(kind: Kind) {
    const ORGANIZATION: &str = "44444444-4444-4444-8444-444444444444";
    const ROUNDS: usize = 2;
    let service = beside_25(kind, 1);
    service.database.run(&format!("UPDATE identities SET organization_id = '{ORGANIZATION}'"));
    let organization = || service.ask(WHOAMI).json()["identity"]["organization_id"].clone();
    let read = || service.ask(WHOAMI).status == 200 && organization() == ORGANIZATION;
    assert!(read());
    for round in 1..=ROUNDS {
        service.database.run(&format!("{RENAME} organization_id TO organization_of_tomorrow"));
        wait_until("the column reads as empty", || {
            let answer = service.ask(WHOAMI);
            answer.status == 200 && answer.json()["identity"]["organization_id"].is_null()
        });
        service.database.run(&format!("{RENAME} organization_of_tomorrow TO organization_id"));
        let began = Instant::now();
        wait_until("the column is read", read);
        assert!(began.elapsed() < Duration::from_secs(4), "{:?}", began.elapsed());
        for message in [REMOVED, ADDED] {
            let lines = service.wait_for_lines(message, round);
            assert_eq!(lines.len(), round, "{lines:?}");
            assert_eq!(lines[round - 1]["columns"], "identities.organization_id", "{lines:?}");
        }
    }
}

/// Also if the credentials do not show the factor: the level alone is never forgotten.
fn a_second_factor_is_required_even_if_the_level_vanishes(kind: Kind) {
    let database = older_versions(kind)[2].database(kind, 1);
    database.run("UPDATE identities SET available_aal = 'aal2'");
    let settings = [("ELSEWHERE_SESSION__REQUIRED_AAL", "highest_available")];
    let service = BesideKratos::start(database, &settings);
    assert_eq!(service.ask(WHOAMI).status, 403);
    service.database.run(&format!("{RENAME} available_aal TO level_of_tomorrow"));
    // More requests than one of the intervals between two looks at the tables.
    let began = Instant::now();
    while began.elapsed() < Duration::from_secs(2) {
        let status = service.ask(WHOAMI).status;
        assert!([403, 503].contains(&status), "{status}");
    }
    wait_until("not ready", || service.ready() == 503);
    service.database.run(&format!("{RENAME} level_of_tomorrow TO available_aal"));
    assert_eq!(service.ask(WHOAMI).status, 403);
    wait_until("ready again", || service.ready() == 200);
}
