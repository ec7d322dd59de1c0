//! The service's own tables, version by version.

mod turn;

use std::borrow::Cow;

use sqlx::SqlSafeStr as _;
use sqlx::migrate::{Migrate, Migration, MigrationType, Migrator};

pub(super) use turn::take as take_turn;

use super::driver::{Driver, Statement};
use super::error::OpenError;
use super::rows;

/// Keeps which versions were applied; also tells our databases from others.
pub(super) const TABLE: &str = "elsewhere_migrations";

/// As text, so that the five getters do.
const VERSION: &str = "
SELECT CAST(MAX(m.version) AS CHAR(20))
FROM elsewhere_migrations m
WHERE m.success = TRUE";

/// Makes the table of [`super::statements::activity`], where there is none. Also
/// beside a Kratos.
pub(super) mod activity {
    pub(in super::super) const SQLITE: &str =
        include_str!("../../migrations/sqlite/0003_activity.sql");
    pub(in super::super) const POSTGRES: &str =
        include_str!("../../migrations/postgres/0003_activity.sql");
    pub(in super::super) const MYSQL: &str =
        include_str!("../../migrations/mysql/0003_activity.sql");
}

/// Number, description and text of each version. What was ever released stays
/// as it is.
type Versions = [(i64, &'static str, &'static str)];

pub(super) const SQLITE: &Versions = &[
    (1, "sessions", include_str!("../../migrations/sqlite/0001_sessions.sql")),
    (2, "sessions in order", include_str!("../../migrations/sqlite/0002_sessions_in_order.sql")),
    (3, "activity", activity::SQLITE),
];

pub(super) const POSTGRES: &Versions = &[
    (1, "sessions", include_str!("../../migrations/postgres/0001_sessions.sql")),
    (2, "sessions in order", include_str!("../../migrations/postgres/0002_sessions_in_order.sql")),
    (3, "activity", activity::POSTGRES),
];

pub(super) const MYSQL: &Versions = &[
    (1, "sessions", include_str!("../../migrations/mysql/0001_sessions.sql")),
    (2, "sessions in order", include_str!("../../migrations/mysql/0002_sessions_in_order.sql")),
    (3, "activity", activity::MYSQL),
];

/// The newest version there is, the same on every database.
pub(super) fn newest() -> i64 {
    SQLITE.iter().map(|(version, ..)| *version).max().unwrap_or_default()
}

/// Whether this is a database of our own at the newest version. What cannot be
/// read, as there is no such table, is not.
pub(super) async fn are_done<D: Driver>(driver: &D) -> bool {
    let statement = Statement { text: VERSION, columns: 1, arguments: Vec::new() };
    let read = |rows: &[D::Row<'_>]| rows.first().map_or(Ok(0), |row| Ok(rows::count(row)?));
    driver.fetch(statement, read).await.ok() == Some(newest().unsigned_abs())
}

/// Runs what is missing of `versions`. Takes no lock of its own: who calls it sees
/// to that.
pub(super) async fn run<C: Migrate>(
    versions: &'static Versions,
    connection: &mut C,
) -> Result<(), OpenError> {
    migrator(versions).run_direct(None, connection, false).await.map_err(OpenError::url)
}

fn migrator(versions: &'static Versions) -> Migrator {
    let migrations = versions.iter().map(|(version, description, sql)| {
        let kind = MigrationType::Simple;
        Migration::new(*version, Cow::Borrowed(*description), kind, sql.into_sql_str(), false)
    });
    let mut migrator = Migrator::with_migrations(migrations.collect());
    migrator.dangerous_set_table_name(TABLE);
    migrator.set_locking(false);
    migrator
}
