//! SQLite: one connection that writes, a pool of others that only read.

mod instant;

use std::str::FromStr as _;
use std::time::Duration;

use secrecy::ExposeSecret as _;
use sqlx::query::Query;
use sqlx::sqlite::{
    SqliteArguments, SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions,
    SqliteRow, SqliteSynchronous,
};
use sqlx::{Row as _, SqlSafeStr as _, Sqlite as Dialect};
use time::OffsetDateTime;
use uuid::Uuid;

use super::driver::{Argument, Column, Driver, Row, Statement};
use super::error::{InconsistentRow, OpenError};
use super::migrations;
use crate::config::{self, Schema};
use crate::repository::RepositoryError;
use crate::session::Json;

/// How long a statement waits for another process's lock.
const BUSY_TIMEOUT: Duration = Duration::from_secs(2);
/// Reading is work of the processor, so more connections than a few only cost memory.
const MOST_READERS: u32 = 8;

/// A connected SQLite file.
pub(super) struct Sqlite {
    readers: SqlitePool,
    writer: SqlitePool,
}

impl Sqlite {
    /// Opens the file; one of our own is made where there is none.
    pub(super) async fn connect(settings: &config::Database) -> Result<Self, OpenError> {
        let url = settings.url.expose_secret();
        if url.contains(":memory:") || url.contains("mode=memory") {
            return Err(OpenError::url("expected the path of a file: memory is not shared"));
        }
        let options = SqliteConnectOptions::from_str(url)
            .map_err(OpenError::url)?
            .create_if_missing(settings.schema == Schema::Own)
            .foreign_keys(true)
            .busy_timeout(BUSY_TIMEOUT);
        // Another's file keeps the journal mode that it has.
        let options = match settings.schema {
            // A revocation that was answered has happened, so every commit is on disk.
            Schema::Own => {
                options.journal_mode(SqliteJournalMode::Wal).synchronous(SqliteSynchronous::Full)
            }
            Schema::Kratos => options,
        };
        let pool = |connections| {
            SqlitePoolOptions::new()
                .max_connections(connections)
                .acquire_timeout(settings.acquire_timeout)
                // A file does not hang up: asking before each use is a statement for nothing.
                .test_before_acquire(false)
                .idle_timeout(None)
                .max_lifetime(None)
        };
        let writer = pool(1).connect_with(options.clone()).await.map_err(|error| {
            let path = options.get_filename().display();
            OpenError::url(format!("cannot open {path}: {error}"))
        })?;
        let readers = pool(settings.max_connections.min(MOST_READERS))
            .connect_lazy_with(options.create_if_missing(false).pragma("query_only", "ON"));
        Ok(Self { readers, writer })
    }
}

impl Driver for Sqlite {
    type Row = SqliteRow;

    async fn fetch(&self, statement: Statement<'_>) -> Result<Vec<SqliteRow>, RepositoryError> {
        Ok(query(statement).fetch_all(&self.readers).await?)
    }

    async fn execute(&self, statements: Vec<Statement<'_>>) -> Result<(), RepositoryError> {
        // From the start a writer: a reader that becomes one can be refused at once.
        let mut transaction = self.writer.begin_with("BEGIN IMMEDIATE").await?;
        for statement in statements {
            query(statement).execute(&mut *transaction).await?;
        }
        Ok(transaction.commit().await?)
    }

    async fn columns(&self, table: &'static str) -> Result<Vec<String>, RepositoryError> {
        let text = "SELECT name FROM pragma_table_info($1)";
        Ok(sqlx::query_scalar(text).bind(table).fetch_all(&self.writer).await?)
    }

    async fn migrate(&self) -> Result<(), OpenError> {
        // The write lock of the file, held around all of it, is what makes
        // several processes take turns.
        let mut lock = self.writer.begin_with("BEGIN IMMEDIATE").await.map_err(OpenError::url)?;
        let migrator = migrations::migrator(migrations::SQLITE);
        migrator.run_direct(None, &mut *lock, false).await.map_err(OpenError::url)?;
        lock.commit().await.map_err(OpenError::url)
    }
}

fn query<'a>(statement: Statement<'a>) -> Query<'a, Dialect, SqliteArguments> {
    let query = sqlx::query(statement.text.into_sql_str());
    statement.arguments.into_iter().fold(query, |query, argument| match argument {
        Argument::Id(id) => query.bind(id.to_string()),
        Argument::OptionalId(id) => query.bind(id.map(|id| id.to_string())),
        Argument::Text(text) => query.bind(text.into_owned()),
        Argument::OptionalText(text) => query.bind(text.map(std::borrow::Cow::into_owned)),
        Argument::Json(json) => query.bind(json.to_owned()),
        Argument::OptionalJson(json) => query.bind(json.map(str::to_owned)),
        Argument::Number(number) => query.bind(number),
        Argument::Flag(flag) => query.bind(flag),
        Argument::Time(time) => query.bind(instant::format(time)),
        Argument::OptionalTime(time) => query.bind(time.map(instant::format)),
        Argument::EarliestForm(time) => query.bind(instant::format(time)),
        Argument::LatestForm(time) => query.bind(instant::format_in_full(time)),
    })
}

/// Reads by the value that is there, as the declared types of SQLite's columns
/// (`char(36)`, `DATETIME`, `jsonb`) say nothing of it.
impl Row for SqliteRow {
    fn id(&self, column: Column) -> Result<Option<Uuid>, InconsistentRow> {
        convert(self, column, "a UUID", |text| Uuid::try_parse(text).ok())
    }

    fn text(&self, column: Column) -> Result<Option<&str>, InconsistentRow> {
        self.try_get_unchecked(column.0)
            .map_err(|_| InconsistentRow { column: column.1, expected: "text" })
    }

    fn time(&self, column: Column) -> Result<Option<OffsetDateTime>, InconsistentRow> {
        convert(self, column, "a time", instant::parse)
    }

    fn flag(&self, column: Column) -> Result<Option<bool>, InconsistentRow> {
        self.try_get_unchecked(column.0)
            .map_err(|_| InconsistentRow { column: column.1, expected: "a truth value" })
    }

    fn json(&self, column: Column) -> Result<Option<Json>, InconsistentRow> {
        convert(self, column, "JSON", |text| serde_json::from_str(text).ok())
    }
}

fn convert<T>(
    row: &SqliteRow,
    column: Column,
    expected: &'static str,
    read: impl Fn(&str) -> Option<T>,
) -> Result<Option<T>, InconsistentRow> {
    row.text(column)?
        .map(|text| read(text).ok_or(InconsistentRow { column: column.1, expected }))
        .transpose()
}
