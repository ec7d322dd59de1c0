//! The service's own tables, version by version.
//!
//! A version is numbered alike on every database. Migrations are additive, so that during
//! a rolling upgrade the previous program and the next one run on one database: the next
//! one migrates, and the previous one goes on, and may start again.
//!
//! # Adding a version
//!
//! 1. Append it to [`VERSIONS`] under the next number, with a file for each database that
//!    has something to do. What was released stays as it is.
//! 2. Only add: tables, indexes, columns that are nullable or have a default. An older
//!    program names its columns, so it does not see new ones; it must also not have to
//!    write them.
//! 3. MySQL commits at each DDL statement: one statement a version there, safe to run
//!    again. `IF NOT EXISTS` where both MySQL and MariaDB have it (tables); else a `done`
//!    query, which reads a row where the statement's work is done (indexes, columns).
//!    PostgreSQL and SQLite roll back, so a version may have several statements there.
//! 4. `oldest_program` is the newest version that the oldest program knows which may still
//!    run on this one: as a rule that of the version before. Raise it only for what older
//!    programs cannot run on (a column dropped that nothing reads since that program), in a
//!    release after the one that stopped using it.
//! 5. A program refuses to start only on a database whose `oldest_program` is newer than
//!    all versions it knows. `tests/suite/database/upgrade.rs` runs the two beside each other.

mod lock;
mod run;

use crate::database::driver::{Column, Driver, Row as _, Statement};
use crate::database::error::OpenError;
use crate::repository::RepositoryError;

pub(super) use run::{Runner, on_server};

/// Keeps which versions were applied; also tells our databases from others.
pub(super) const TABLE: &str = "elsewhere_schema_versions";
/// The same, of programs before the first release. Its databases are ours: all that it
/// names is there, or is made by versions that are safe to run again.
pub(super) const BEFORE_RELEASE: &str = "elsewhere_migrations";

/// A version of the service's own tables. See the module for how to add one.
#[derive(Debug, Clone, Copy)]
pub struct Version {
    pub number: i64,
    pub description: &'static str,
    /// The oldest program that may run on it, by the newest version that it knows.
    pub oldest_program: i64,
    /// Empty where there is nothing to do.
    pub sqlite: &'static str,
    pub postgres: &'static str,
    pub mysql: &'static str,
    /// On MySQL: reads a row where the statement's work is done already.
    pub mysql_done: Option<&'static str>,
}

/// The text of a version on one database.
macro_rules! text {
    ($database:literal, $file:literal) => {
        include_str!(concat!("../../migrations/", $database, "/", $file, ".sql"))
    };
}

/// Makes the table of [`crate::database::statements::activity`], where there is none. Also
/// beside a Kratos.
pub(super) mod activity {
    pub(crate) const SQLITE: &str = text!("sqlite", "0008_activity");
    pub(crate) const POSTGRES: &str = text!("postgres", "0008_activity");
    pub(crate) const MYSQL: &str = text!("mysql", "0008_activity");
}

macro_rules! version {
    ($number:literal, $description:literal, $file:literal) => {
        Version {
            number: $number,
            description: $description,
            // No program that knows less was released.
            oldest_program: 8,
            sqlite: text!("sqlite", $file),
            postgres: text!("postgres", $file),
            mysql: text!("mysql", $file),
            mysql_done: None,
        }
    };
}

/// All versions, in order.
pub(super) const VERSIONS: &[Version] = &[
    version!(1, "networks", "0001_networks"),
    version!(2, "a network", "0002_a_network"),
    version!(3, "identities", "0003_identities"),
    version!(4, "sessions", "0004_sessions"),
    version!(5, "session devices", "0005_session_devices"),
    Version {
        mysql_done: Some(
            "SELECT 1 FROM information_schema.statistics
             WHERE table_schema = DATABASE() AND table_name = 'sessions'
               AND index_name = 'sessions_in_order'",
        ),
        ..version!(6, "sessions in order", "0006_sessions_in_order")
    },
    Version {
        number: 7,
        description: "external ids in letter case",
        oldest_program: 8,
        sqlite: "",
        postgres: "",
        mysql: text!("mysql", "0007_external_ids"),
        mysql_done: None,
    },
    version!(8, "activity", "0008_activity"),
];

/// As text, so that the five getters do.
const STATE: &str = "
SELECT CAST(MAX(v.version) AS CHAR(20)), CAST(MAX(v.oldest_program) AS CHAR(20))
FROM elsewhere_schema_versions v";

/// What a database of our own is to a program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// Versions are missing.
    Behind,
    /// As the program knows it, or newer and still fit for it.
    Fit,
    TooNew {
        version: i64,
        oldest_program: i64,
    },
}

impl State {
    /// By the newest version of a database and the oldest program that may run on it, if any
    /// version was applied.
    fn of(applied: Option<(i64, i64)>, known: i64) -> Self {
        match applied {
            Some((version, oldest_program)) if version > known && oldest_program > known => {
                Self::TooNew { version, oldest_program }
            }
            Some((version, _)) if version >= known => Self::Fit,
            _ => Self::Behind,
        }
    }
}

/// The newest of these versions.
pub(super) fn newest(versions: &[Version]) -> i64 {
    versions.last().map_or(0, |version| version.number)
}

/// Reads the state of our own database. An error also where there is no such table.
pub(super) async fn state<D: Driver>(driver: &D, known: i64) -> Result<State, RepositoryError> {
    let statement = Statement { text: STATE, columns: 2, arguments: Vec::new() };
    let read = |rows: &[D::Row<'_>]| {
        let number = |place| {
            let text = rows.first().map(|row| row.text(Column(place, TABLE))).transpose()?;
            Ok::<_, RepositoryError>(text.flatten().and_then(|text| text.trim().parse().ok()))
        };
        Ok(State::of(number(0)?.zip(number(1)?), known))
    };
    driver.fetch(statement, read).await
}

pub(super) fn too_new(version: i64, oldest_program: i64, known: i64) -> OpenError {
    OpenError::url(format!(
        "the database is at version {version}, which takes programs that know version \
         {oldest_program} or a newer one; this one knows {known}: run a newer elsewhere"
    ))
}

#[cfg(test)]
mod tests {
    use super::{State, VERSIONS};

    #[test]
    fn versions_are_numbered_one_by_one_and_take_older_programs() {
        for (version, number) in VERSIONS.iter().zip(1..) {
            assert_eq!(version.number, number);
            // A program that knows this very version may run on it.
            assert!(version.oldest_program <= VERSIONS.len().try_into().unwrap());
        }
    }

    /// What is interrupted between two statements is run again as a whole.
    #[test]
    fn mysql_has_one_statement_a_version_that_is_safe_to_run_again() {
        for version in VERSIONS {
            let lines = version.mysql.lines().filter(|line| !line.trim().starts_with("--"));
            let text: Vec<_> = lines.collect();
            let text = text.join("\n");
            assert_eq!(text.matches(';').count(), 1, "{text}");
            let repeatable = ["IF NOT EXISTS", "MODIFY", "WHERE n.present = 0"];
            let is_repeatable = repeatable.iter().any(|words| text.contains(words));
            assert!(is_repeatable || version.mysql_done.is_some(), "{text}");
        }
    }

    #[test]
    fn a_newer_database_takes_the_programs_that_it_names() {
        assert_eq!(State::of(None, 8), State::Behind);
        assert_eq!(State::of(Some((7, 8)), 8), State::Behind);
        assert_eq!(State::of(Some((8, 8)), 8), State::Fit);
        assert_eq!(State::of(Some((9, 8)), 8), State::Fit);
        let too_new = State::TooNew { version: 10, oldest_program: 9 };
        assert_eq!(State::of(Some((10, 9)), 8), too_new);
    }
}
