//! SQLite: one connection that writes, a pool of others that only read.

mod instant;
mod packed;

use std::str::FromStr as _;
use std::sync::Arc;
use std::time::Duration;

use secrecy::ExposeSecret as _;
use sqlx::query::Query;
use sqlx::sqlite::{
    SqliteArguments, SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions,
    SqliteSynchronous,
};
use sqlx::{AssertSqlSafe, Row as _, Sqlite as Dialect};

use super::driver::{Argument, Driver, Statement};
use super::error::OpenError;
use super::migrations;
use super::rewritten::Rewritten;
use crate::config::{self, Schema};
use crate::repository::RepositoryError;

/// How long a statement waits for another process's lock.
const BUSY_TIMEOUT: Duration = Duration::from_secs(2);
/// Reading is work of the processor, so more connections than a few only cost memory.
const MOST_READERS: u32 = 4;

/// Of the page cache that each reader has, in SQLite's way of saying kibibytes:
/// enough for the upper levels of the B-trees, the rest is the system's to cache.
const READER_CACHE: &str = "-1024";

/// A connected SQLite file.
pub(super) struct Sqlite {
    readers: SqlitePool,
    writer: SqlitePool,
    packed: Rewritten<Arc<str>>,
}

impl Sqlite {
    /// Opens the file; one of our own is made where there is none.
    pub(super) async fn connect(settings: &config::Database) -> Result<Self, OpenError> {
        let url = settings.url.expose_secret();
        let options = SqliteConnectOptions::from_str(url).map_err(OpenError::url)?;
        // SQLite keeps what has no name to itself, for each connection another.
        let is_unnamed = options.get_filename().as_os_str().is_empty();
        if is_unnamed || url.contains(":memory:") || url.contains("mode=memory") {
            return Err(OpenError::url("expected the path of a file, such as sqlite://FILE"));
        }
        let options = options
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
        let readers = pool(settings.max_connections.min(MOST_READERS)).connect_lazy_with(
            options
                .create_if_missing(false)
                .pragma("query_only", "ON")
                .pragma("cache_size", READER_CACHE),
        );
        Ok(Self { readers, writer, packed: Rewritten::default() })
    }
}

impl Driver for Sqlite {
    type Row<'a> = packed::Row<'a>;

    async fn fetch<T: Send>(
        &self,
        statement: Statement<'_>,
        read: impl FnOnce(&[packed::Row<'_>]) -> Result<T, RepositoryError> + Send,
    ) -> Result<T, RepositoryError> {
        let text = self.packed.of(statement.text, |text| packed::pack(text, statement.columns));
        let answer: Vec<u8> =
            bind(sqlx::query(AssertSqlSafe(Arc::clone(&*text))), statement.arguments)
                .fetch_one(&self.readers)
                .await?
                .try_get(0)?;
        // What a browser sent may be no UTF-8, and SQLite keeps it: such bytes are
        // shown as U+FFFD, rather than nothing at all.
        read(&packed::rows(&String::from_utf8_lossy(&answer))?)
    }

    async fn execute(&self, statements: Vec<Statement<'_>>) -> Result<u64, RepositoryError> {
        // From the start a writer: a reader that becomes one can be refused at once.
        let mut transaction = self.writer.begin_with("BEGIN IMMEDIATE").await?;
        let mut written = 0;
        for Statement { text, arguments, .. } in statements {
            let done = bind(sqlx::query(text), arguments).execute(&mut *transaction).await?;
            written += done.rows_affected();
        }
        transaction.commit().await?;
        Ok(written)
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

type BoundQuery<'a> = Query<'a, Dialect, SqliteArguments>;

fn bind<'a>(query: BoundQuery<'a>, arguments: Vec<Argument<'_>>) -> BoundQuery<'a> {
    arguments.into_iter().fold(query, |query, argument| match argument {
        Argument::Id(id) => query.bind(id.to_string()),
        Argument::OptionalId(id) => query.bind(id.map(|id| id.to_string())),
        Argument::Text(text) => query.bind(text.into_owned()),
        Argument::OptionalText(text) => query.bind(text.map(std::borrow::Cow::into_owned)),
        Argument::Json(json) => query.bind(json.to_owned()),
        Argument::OptionalJson(json) => query.bind(json.map(str::to_owned)),
        Argument::Number(number) => query.bind(number),
        Argument::Flag(flag) => query.bind(flag),
        Argument::OptionalTime(time) => query.bind(time.map(instant::format)),
        Argument::Time(time) | Argument::EarliestForm(time) => query.bind(instant::format(time)),
        Argument::LatestForm(time) => query.bind(instant::format_in_full(time)),
    })
}
