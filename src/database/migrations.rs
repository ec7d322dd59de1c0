//! The service's own tables, version by version.

use std::borrow::Cow;

use sqlx::SqlSafeStr as _;
use sqlx::migrate::{Migration, MigrationType, Migrator};

/// Keeps which versions were applied; also tells our databases from others.
pub(super) const TABLE: &str = "elsewhere_migrations";

/// Number, description and text of each version. What was ever released stays
/// as it is.
type Versions = [(i64, &'static str, &'static str)];

pub(super) const SQLITE: &Versions =
    &[(1, "sessions", include_str!("../../migrations/sqlite/0001_sessions.sql"))];

pub(super) const POSTGRES: &Versions =
    &[(1, "sessions", include_str!("../../migrations/postgres/0001_sessions.sql"))];

pub(super) const MYSQL: &Versions =
    &[(1, "sessions", include_str!("../../migrations/mysql/0001_sessions.sql"))];

/// The newest version there is, the same on every database.
pub(super) fn newest() -> i64 {
    SQLITE.iter().map(|(version, ..)| *version).max().unwrap_or_default()
}

/// Runs `versions`. Takes no lock of its own: who calls it holds one.
pub(super) fn migrator(versions: &'static Versions) -> Migrator {
    let migrations = versions.iter().map(|(version, description, sql)| {
        let kind = MigrationType::Simple;
        Migration::new(*version, Cow::Borrowed(*description), kind, sql.into_sql_str(), false)
    });
    let mut migrator = Migrator::with_migrations(migrations.collect());
    migrator.dangerous_set_table_name(TABLE);
    migrator.set_locking(false);
    migrator
}
