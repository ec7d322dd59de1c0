//! The driver for SQLite: one connection that writes, and a pool of others that only read.

pub(super) mod backup;
mod file_guard;
mod json_rows;
mod open;
mod read_only;
mod timestamp;

use std::borrow::Cow;
use std::sync::Arc;

use sqlx::query::Query;
use sqlx::sqlite::{SqliteArguments, SqliteQueryResult, SqliteRow};
use sqlx::{AssertSqlSafe, Connection as _, Row as _, Sqlite as Dialect};

use crate::database::decode;
use crate::database::driver::{
    Argument, Driver, FOR_UPDATE, SelectForUpdate, Selected, SelectedForUpdate, Statement, Step,
    Written,
};
use crate::database::error::OpenError;
use crate::database::migrations::run::Runner;
use crate::database::migrations::versions::{BesideKratos, Version};
use crate::database::pool::select_for_update::BoundSelectForUpdate;
use crate::database::pool::{BoundStep, Pool};
use crate::database::statement_cache::StatementCache;
use crate::database::statements::replicas;
use crate::metrics::PoolState;
use crate::repository::RepositoryError;
use file_guard::File;

/// Applies all versions in one transaction, which other processes wait for.
const RUNNER: Runner<Dialect> = Runner {
    first: &[],
    fence: "",
    text: |version| version.sqlite,
    done: |version| version.sqlite_done,
    affected: SqliteQueryResult::rows_affected,
};

/// A connected SQLite file.
pub(super) struct Sqlite {
    readers: Pool<Dialect>,
    writer: Pool<Dialect>,
    packed: StatementCache<Arc<str>>,
    packed_anything: StatementCache<Arc<str>>,
    file: File,
    /// True if the write-ahead log, if there is one, is left to another program.
    keeps_log: bool,
}

impl Sqlite {
    /// A statement that reads, with its rows packed into one.
    fn packed(&self, statement: &Statement<'_>) -> BoundQuery {
        let pack = |text: &str| {
            json_rows::pack(text.strip_suffix(FOR_UPDATE).unwrap_or(text), statement.columns)
        };
        let text = self.packed.get_or_rewrite(statement.text, pack);
        bind(sqlx::query(AssertSqlSafe(Arc::clone(&*text))), &statement.arguments)
    }

    /// The same for rows with any values.
    fn packed_anything(&self, statement: &Statement<'_>) -> BoundQuery {
        let pack = |text: &str| json_rows::pack_anything(text, statement.columns);
        let text = self.packed_anything.get_or_rewrite(statement.text, pack);
        bind(sqlx::query(AssertSqlSafe(Arc::clone(&*text))), &statement.arguments)
    }

    /// Moves the contents of the write-ahead log into the file. Another program's file is left to
    /// that program.
    async fn checkpoint(&self) -> Result<(), RepositoryError> {
        if self.keeps_log {
            return Ok(());
        }
        self.file.is_in_place()?;
        let mut connection = self.writer.connect().await?;
        sqlx::raw_sql("PRAGMA wal_checkpoint(TRUNCATE)").execute(&mut connection).await?;
        Ok(connection.close().await?)
    }
}

/// The single row of an answer, which contains all its rows.
fn packed_text(answer: &[SqliteRow]) -> Result<Cow<'_, str>, RepositoryError> {
    let answer = answer.first().ok_or(sqlx::Error::RowNotFound)?;
    // A browser may send invalid UTF-8, and SQLite stores it. Such bytes are shown as U+FFFD;
    // otherwise nothing at all could be shown.
    // Valid UTF-8, the usual case, is checked many bytes at a time.
    let bytes: &[u8] = answer.try_get(0)?;
    Ok(str::from_utf8(bytes).map_or_else(|_| String::from_utf8_lossy(bytes), Cow::Borrowed))
}

impl Driver for Sqlite {
    type Row<'a> = json_rows::Row<'a>;

    const BY_EMAIL: &'static str = "
        SELECT i.id, CASE WHEN JSON_VALID(i.traits) THEN i.traits ->> 'email' END AS email
        FROM identities i
        WHERE i.nid = $1 AND LOWER(email) LIKE $2 ESCAPE '!'";

    const VERSION: &'static str = "SELECT 'SQLite ' || SQLITE_VERSION()";

    const READY: &'static str = "
        SELECT id
        FROM networks
        LIMIT 1";

    const LOOK: &'static str = replicas::look_text!("''");
    const RENEW: &'static str = replicas::renew_text!("''");

    const BESIDE_KRATOS: BesideKratos = BesideKratos::SQLITE;

    const COLUMNS: &'static str = "
        SELECT t.name, c.name
        FROM sqlite_schema t
        JOIN pragma_table_info(t.name) c
        WHERE t.type = 'table'";

    const GRANTEE: Option<&'static str> = None;

    async fn fetch<T: Send>(
        &self,
        statement: Statement<'_>,
        read: impl FnOnce(&[json_rows::Row<'_>]) -> Result<T, RepositoryError> + Send,
    ) -> Result<T, RepositoryError> {
        let answer = self.readers.fetch_all(|| Ok(self.packed(&statement))).await;
        self.file.is_in_place()?;
        match answer {
            // Possibly a value that JSON cannot represent.
            Err(RepositoryError::Unexpected(_)) => {}
            answer => {
                let answer = answer?;
                let text = packed_text(&answer)?;
                if let Ok(rows) = json_rows::rows(&text) {
                    return read(&rows);
                }
            }
        }
        let anything = || Ok(self.packed_anything(&statement));
        let answer = self.readers.fetch_all(anything).await?;
        read(&json_rows::rows(&packed_text(&answer)?)?)
    }

    async fn execute(&self, steps: Vec<Step<'_>>) -> Result<Written, RepositoryError> {
        let written = self.writer.execute(|| Ok(steps.iter().map(bound_step).collect())).await;
        self.file.is_in_place()?;
        written
    }

    async fn select_for_update<T: Selected>(
        &self,
        work: SelectForUpdate<'_, T>,
    ) -> Result<SelectedForUpdate<T>, RepositoryError> {
        let SelectForUpdate { first, select, then, .. } = work;
        let work = BoundSelectForUpdate {
            first: || Ok(first.iter().map(bound_step).collect()),
            select: || Ok(self.packed(&select)),
            read: |rows: &[SqliteRow]| decode::all::<T, _>(&json_rows::rows(&packed_text(rows)?)?),
            then: |selected: &[T]| Ok(then(selected).iter().map(bound).collect()),
        };
        let selected = self.writer.select_for_update(work).await;
        self.file.is_in_place()?;
        selected
    }

    fn pools(&self) -> Vec<PoolState> {
        vec![self.readers.state("readers"), self.writer.state("writer")]
    }

    /// Closes the writer last, so that the contents of the write-ahead log go into the file, and
    /// the file alone is the database (<https://sqlite.org/wal.html>). This does not apply if
    /// other processes have the file open, too.
    async fn close(&self) {
        self.readers.close().await;
        if let Err(error) = self.checkpoint().await {
            tracing::warn!(%error, "checkpoint failed: the database file needs its -wal file");
        }
        self.writer.close().await;
    }

    async fn migrate(&self, versions: &[Version]) -> Result<(), OpenError> {
        // The file's write lock is held for the whole migration, so that several processes take
        // turns.
        let mut connection = self.writer.connect().await.map_err(OpenError::url)?;
        let migrated = async {
            let lock = connection.begin_with("BEGIN IMMEDIATE").await;
            let mut lock = lock.map_err(OpenError::url)?;
            RUNNER.run(&mut lock, "", versions).await?;
            lock.commit().await.map_err(OpenError::url)
        };
        let migrated = migrated.await;
        // Closed now: a dropped connection would be closed later, perhaps as the last one.
        connection.close().await.map_err(OpenError::url)?;
        migrated
    }
}

type BoundQuery = Query<'static, Dialect, SqliteArguments>;

fn bound(statement: &Statement<'_>) -> BoundQuery {
    bind(sqlx::query(statement.text), &statement.arguments)
}

fn bound_step(Step { statement, if_wrote }: &Step<'_>) -> BoundStep<Dialect> {
    BoundStep { query: bound(statement), if_wrote: if_wrote.clone() }
}

fn bind(query: BoundQuery, arguments: &[Argument<'_>]) -> BoundQuery {
    let text = |text: &Cow<'_, str>| text.clone().into_owned();
    arguments.iter().fold(query, |query, argument| match argument {
        Argument::Id(id) => query.bind(id.to_string()),
        Argument::OptionalId(id) => query.bind(id.map(|id| id.to_string())),
        Argument::Text(value) => query.bind(text(value)),
        Argument::OptionalText(value) => query.bind(value.as_ref().map(text)),
        Argument::Json(json) => query.bind(text(json)),
        Argument::OptionalJson(json) => query.bind(json.as_ref().map(text)),
        Argument::Number(number) => query.bind(*number),
        Argument::Flag(flag) => query.bind(*flag),
        Argument::Time(time) | Argument::EarliestForm(time) => query.bind(timestamp::format(*time)),
        Argument::OptionalTime(time) => query.bind(time.map(timestamp::format)),
        Argument::LatestForm(time) => query.bind(timestamp::format_in_full(*time)),
    })
}
