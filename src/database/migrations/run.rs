//! Applies missing versions, each of which may be interrupted at any point.
//!
//! PostgreSQL and SQLite apply a version and record it in one transaction. MySQL commits at each
//! DDL statement: a version that was applied but not recorded is applied again.

use sqlx::database::HasStatementCache;
use sqlx::{
    AssertSqlSafe, ColumnIndex, Connection as _, Database, Decode, Executor, IntoArguments,
    Row as _, Type, raw_sql,
};

use crate::database::driver::Driver;
use crate::database::error::OpenError;
use crate::database::migrations::error::MigrationError;
use crate::database::migrations::lock::MigrationLock;
use crate::database::migrations::versions::{Version, newest};
use crate::database::migrations::{State, too_new};
use crate::database::pool::Pool;

const TABLE: &str = "
CREATE TABLE IF NOT EXISTS elsewhere_schema_versions (
    version BIGINT NOT NULL PRIMARY KEY,
    description VARCHAR(255) NOT NULL,
    oldest_program BIGINT NOT NULL,
    applied_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP
)";
const APPLIED: &str = "
SELECT MAX(v.version), MAX(v.oldest_program)
FROM elsewhere_schema_versions v";

/// Maximum number of times that a migration waits for the migration lock again, after it lost the
/// lock or its connection.
const MAX_ATTEMPTS: u32 = 5;

/// The differences between kinds of databases in how they migrate.
pub(in crate::database) struct Runner<DB: Database> {
    /// Statements that run on the connection first.
    pub first: &'static [&'static str],
    /// A statement that affects one row while `{holder}` has the migration lock, and keeps others
    /// from taking the lock until its transaction ends. Empty if the caller ensures that.
    pub fence: &'static str,
    pub text: fn(&Version) -> &'static str,
    /// A query that reads a row if a version is already applied.
    pub done: fn(&Version) -> Option<&'static str>,
    pub affected: fn(&DB::QueryResult) -> u64,
}

/// Migrates a database on a server, under the migration lock.
pub(in crate::database) async fn on_server<D, DB>(
    driver: &D,
    pool: &Pool<DB>,
    runner: &Runner<DB>,
    versions: &[Version],
) -> Result<(), OpenError>
where
    D: Driver,
    DB: Database + HasStatementCache,
    DB::Arguments: IntoArguments<DB>,
    for<'c> &'c mut DB::Connection: Executor<'c, Database = DB>,
    for<'r> i64: Decode<'r, DB> + Type<DB>,
    usize: ColumnIndex<DB::Row>,
{
    let mut attempts = 0;
    loop {
        let lock = MigrationLock::acquire(driver).await?;
        let work = async {
            let connection = pool.connect().await;
            let mut connection = connection.map_err(|e| MigrationError::at("connecting", &e))?;
            runner.run(&mut connection, lock.holder(), versions).await
        };
        match lock.hold_during(driver, work).await {
            Err(MigrationError::Interrupted(problem)) if attempts < MAX_ATTEMPTS => {
                attempts += 1;
                tracing::warn!(problem, "migration interrupted, waiting for the lock again");
            }
            done => return Ok(done?),
        }
    }
}

impl<DB> Runner<DB>
where
    DB: Database,
    for<'c> &'c mut DB::Connection: Executor<'c, Database = DB>,
    for<'r> i64: Decode<'r, DB> + Type<DB>,
    usize: ColumnIndex<DB::Row>,
{
    /// Applies those of `versions` that are missing.
    pub(in crate::database) async fn run(
        &self,
        connection: &mut DB::Connection,
        holder: &str,
        versions: &[Version],
    ) -> Result<(), MigrationError> {
        for first in self.first.iter().chain([&TABLE]) {
            let run = raw_sql(*first).execute(&mut *connection).await;
            run.map_err(|error| MigrationError::at("preparing to migrate", &error))?;
        }
        let applied = applied::<DB>(connection).await;
        let applied =
            applied.map_err(|error| MigrationError::at("reading the versions", &error))?;
        let known = newest(versions);
        if let State::TooNew { version, oldest_program } = State::of(applied, known) {
            return Err(MigrationError::Failed(too_new(version, oldest_program, known)));
        }
        let applied = applied.map_or(0, |(version, _)| version);
        for version in versions.iter().filter(|version| version.number > applied) {
            self.apply(connection, holder, version).await?;
            tracing::info!(version.number, version.description, "migrated");
        }
        Ok(())
    }

    async fn apply(
        &self,
        connection: &mut DB::Connection,
        holder: &str,
        version: &Version,
    ) -> Result<(), MigrationError> {
        let step = format!("migration {} ({})", version.number, version.description);
        let stopped = |error: sqlx::Error| MigrationError::at(&step, &error);
        let mut transaction = connection.begin().await.map_err(stopped)?;
        if !self.fence.is_empty() {
            let fence = AssertSqlSafe(self.fence.replace("{holder}", holder));
            let fenced = raw_sql(fence).execute(&mut *transaction).await.map_err(stopped)?;
            if (self.affected)(&fenced) != 1 {
                return Err(MigrationError::Interrupted(
                    "another process has the migration lock".to_owned(),
                ));
            }
        }
        let (text, is_done) = ((self.text)(version), (self.done)(version));
        if !text.is_empty() && !reads_row::<DB>(&mut transaction, is_done).await.map_err(stopped)? {
            let run = raw_sql(text).execute(&mut *transaction).await;
            // The server may have finished an interrupted attempt meanwhile.
            if let Err(error) = run
                && !matches!(reads_row::<DB>(&mut transaction, is_done).await, Ok(true))
            {
                return Err(stopped(error));
            }
        }
        raw_sql(record(version)).execute(&mut *transaction).await.map_err(stopped)?;
        transaction.commit().await.map_err(stopped)
    }
}

fn record(version: &Version) -> AssertSqlSafe<String> {
    let Version { number, description, oldest_program, .. } = version;
    AssertSqlSafe(format!(
        "INSERT INTO elsewhere_schema_versions (version, description, oldest_program) \
         VALUES ({number}, '{description}', {oldest_program})"
    ))
}

/// Returns whether a query, if there is one, reads a row.
async fn reads_row<DB>(
    connection: &mut DB::Connection,
    query: Option<&'static str>,
) -> sqlx::Result<bool>
where
    DB: Database,
    for<'c> &'c mut DB::Connection: Executor<'c, Database = DB>,
{
    match query {
        Some(query) => Ok(raw_sql(query).fetch_optional(connection).await?.is_some()),
        None => Ok(false),
    }
}

/// Reads the newest applied version, and the oldest program that may run on it.
async fn applied<DB>(connection: &mut DB::Connection) -> sqlx::Result<Option<(i64, i64)>>
where
    DB: Database,
    for<'c> &'c mut DB::Connection: Executor<'c, Database = DB>,
    for<'r> i64: Decode<'r, DB> + Type<DB>,
    usize: ColumnIndex<DB::Row>,
{
    let row = raw_sql(APPLIED).fetch_one(connection).await?;
    let number = |place: usize| row.try_get::<Option<i64>, _>(place);
    Ok(number(0)?.zip(number(1)?))
}
