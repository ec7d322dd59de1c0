//! The versions of the service's own tables.
//!
//! A version has the same number on every database. Migrations are additive, so that during a
//! rolling upgrade the previous program and the next one run on one database: the next one
//! migrates; the previous one continues, and may restart.
//!
//! # Adding a version
//!
//! 1. Append it to [`VERSIONS`] with the next number, and with a file for each database that it
//!    changes. Never change a released version.
//! 2. Only add: tables, indexes, and columns that are nullable or have a default. An older
//!    program names its columns, so it does not see new ones; it must not have to write them,
//!    either.
//! 3. MySQL commits at each DDL statement. A version has one statement there, which is safe to
//!    repeat: by `IF NOT EXISTS` where both MySQL and MariaDB support it (tables), otherwise by
//!    a `done` query, which reads a row if the statement's work is done (indexes, columns).
//!    PostgreSQL and SQLite roll back, so a version may have several statements there. SQLite adds
//!    columns without `IF NOT EXISTS`, so such a version has a `done` query there, too.
//! 4. `oldest_program` identifies the oldest program that may still run on this version, by the
//!    newest version that this program knows. As a rule it is that of the previous version.
//!    Raise it only for a change that older programs cannot run on (for example, to drop a
//!    column that no program reads any more since that one), in a release after the one that
//!    stopped using it.
//! 5. A program refuses to start only on a database whose `oldest_program` is newer than all
//!    versions that it knows. `tests/suite/database/upgrade.rs` runs both side by side.

/// A version of the service's own tables. The module documentation says how to add one.
#[derive(Debug, Clone, Copy)]
pub struct Version {
    pub number: i64,
    pub description: &'static str,
    /// The oldest program that may run on this version, by the newest version that it knows.
    pub oldest_program: i64,
    /// The SQL text for each database; empty if this version does not change it.
    pub sqlite: &'static str,
    pub postgres: &'static str,
    pub mysql: &'static str,
    /// For MySQL and SQLite: a query that reads a row if the work is already done.
    pub mysql_done: Option<&'static str>,
    pub sqlite_done: Option<&'static str>,
}

/// The SQL text of a version for one database.
macro_rules! text {
    ($database:literal, $file:literal) => {
        include_str!(concat!("../../../migrations/", $database, "/", $file, ".sql"))
    };
}

/// Statements that create tables which also exist beside Kratos, if they are requested. They may be
/// run again.
macro_rules! beside_kratos {
    ($database:literal) => {
        BesideKratos {
            activity: &[text!($database, "0008_activity")],
            events: &[
                text!($database, "0009_events"),
                text!($database, "0010_event_log"),
                text!($database, "0011_event_log_row"),
                text!($database, "0012_webhooks"),
                text!($database, "0013_undelivered_events"),
                text!($database, "0014_replicas"),
            ],
        }
    };
}

/// The tables that the service may have beside Kratos's, as the statements that create them.
#[derive(Debug, Clone, Copy)]
pub(in crate::database) struct BesideKratos {
    /// For [`crate::database::statements::activity`].
    pub activity: &'static [&'static str],
    /// For [`crate::database::statements::events`] and what depends on them.
    pub events: &'static [&'static str],
}

impl BesideKratos {
    pub(in crate::database) const SQLITE: Self = beside_kratos!("sqlite");
    pub(in crate::database) const POSTGRES: Self = beside_kratos!("postgres");
    pub(in crate::database) const MYSQL: Self = beside_kratos!("mysql");
}

macro_rules! version {
    ($number:literal, $description:literal, $file:literal) => {
        Version {
            number: $number,
            description: $description,
            // No program that knows only older versions was released.
            oldest_program: 8,
            sqlite: text!("sqlite", $file),
            postgres: text!("postgres", $file),
            mysql: text!("mysql", $file),
            mysql_done: None,
            sqlite_done: None,
        }
    };
}

/// All versions, in order.
pub(in crate::database) const VERSIONS: &[Version] = &[
    version!(1, "networks", "0001_networks"),
    version!(2, "default network", "0002_a_network"),
    version!(3, "identities", "0003_identities"),
    version!(4, "sessions", "0004_sessions"),
    version!(5, "session devices", "0005_session_devices"),
    Version {
        mysql_done: Some(
            "SELECT 1 FROM information_schema.statistics
             WHERE table_schema = DATABASE() AND table_name = 'sessions'
               AND index_name = 'sessions_in_order'",
        ),
        ..version!(6, "index of sessions by creation time", "0006_sessions_in_order")
    },
    Version {
        number: 7,
        description: "case-sensitive external ids",
        oldest_program: 8,
        sqlite: "",
        postgres: "",
        mysql: text!("mysql", "0007_external_ids"),
        mysql_done: None,
        sqlite_done: None,
    },
    version!(8, "activity", "0008_activity"),
    version!(9, "events", "0009_events"),
    version!(10, "event log", "0010_event_log"),
    version!(11, "row of the event log", "0011_event_log_row"),
    version!(12, "webhooks", "0012_webhooks"),
    version!(13, "undelivered events", "0013_undelivered_events"),
    version!(14, "replicas", "0014_replicas"),
    Version {
        mysql_done: Some(
            "SELECT 1 FROM information_schema.columns
             WHERE table_schema = DATABASE() AND table_name = 'sessions'
               AND column_name = 'absolute_expires_at'",
        ),
        sqlite_done: Some(
            "SELECT 1 FROM pragma_table_info('sessions') WHERE name = 'absolute_expires_at'",
        ),
        ..version!(15, "names, metadata and idle ends of sessions", "0015_session_details")
    },
    Version {
        mysql_done: Some(
            "SELECT 1 FROM information_schema.columns
             WHERE table_schema = DATABASE() AND table_name = 'elsewhere_events'
               AND column_name = 'previous_aal'",
        ),
        sqlite_done: Some(
            "SELECT 1 FROM pragma_table_info('elsewhere_events') WHERE name = 'previous_aal'",
        ),
        ..version!(16, "assurance levels in events", "0016_levels_in_events")
    },
    Version {
        mysql_done: Some(
            "SELECT 1 FROM information_schema.columns
             WHERE table_schema = DATABASE() AND table_name = 'sessions'
               AND column_name = 'bound_key'",
        ),
        sqlite_done: Some("SELECT 1 FROM pragma_table_info('sessions') WHERE name = 'bound_key'"),
        ..version!(17, "bindings of sessions to devices", "0017_session_bindings")
    },
    Version {
        mysql_done: Some(
            "SELECT 1 FROM information_schema.columns
             WHERE table_schema = DATABASE() AND table_name = 'elsewhere_events'
               AND column_name = 'user_agent'",
        ),
        sqlite_done: Some(
            "SELECT 1 FROM pragma_table_info('elsewhere_events') WHERE name = 'user_agent'",
        ),
        ..version!(18, "user agents in events", "0018_user_agents_in_events")
    },
];

/// The newest of these versions.
pub(in crate::database) fn newest(versions: &[Version]) -> i64 {
    versions.last().map_or(0, |version| version.number)
}

#[cfg(test)]
mod tests {
    use super::VERSIONS;

    #[test]
    fn versions_are_numbered_one_by_one_and_take_older_programs() {
        for (version, number) in VERSIONS.iter().zip(1..) {
            assert_eq!(version.number, number);
            // A program that knows exactly this version may run on it.
            assert!(version.oldest_program <= VERSIONS.len().try_into().unwrap());
        }
    }

    /// A version that was interrupted between two statements is run again as a whole.
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
}
