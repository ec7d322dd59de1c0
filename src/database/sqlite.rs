//! SQLite: one connection that writes, a pool of others that only read.

mod backup;
mod file;
mod instant;
mod packed;
mod read_only;

use std::borrow::Cow;
use std::str::FromStr as _;
use std::sync::Arc;
use std::time::Duration;

use sqlx::query::Query;
use sqlx::sqlite::{
    SqliteArguments, SqliteConnectOptions, SqliteJournalMode, SqliteQueryResult, SqliteRow,
    SqliteSynchronous,
};
use sqlx::{
    AssertSqlSafe, ConnectOptions as _, Connection as _, Row as _, SqlSafeStr as _,
    Sqlite as Dialect, SqliteConnection,
};
use tokio::time::{Instant, sleep};

use super::driver::{Argument, Claim, Claimed, Driver, FOR_UPDATE, Statement, Written};
use super::driver_error::DriverError;
use super::error::OpenError;
use super::failure::is_busy;
use super::hosts::Hosts;
use super::migrations::{self, Runner, Version};
use super::pool::{BoundClaim, Connector, Pool};
use super::rewritten::Rewritten;
use super::rows;
use crate::config::{self, DatabaseUrl, Schema};
use crate::metrics::PoolState;
use crate::repository::{Affected, RepositoryError};
use file::File;

pub(super) use backup::back_up;

/// How long a statement waits for another process's lock.
const BUSY_TIMEOUT: Duration = Duration::from_secs(2);
/// Between two tries to open a file that is locked.
const PAUSE: Duration = Duration::from_millis(10);
/// Reading is work of the processor, so more connections than a few only cost memory.
const MOST_READERS: u32 = 4;

/// Of the page cache that each reader has, in SQLite's way of saying kibibytes:
/// enough for the upper levels of the B-trees, the rest is the system's to cache.
const READER_CACHE: &str = "-1024";

/// All versions in one transaction, which is what others wait for.
const RUNNER: Runner<Dialect> = Runner {
    first: &[],
    fence: "",
    text: |version| version.sqlite,
    done: |_| None,
    affected: SqliteQueryResult::rows_affected,
};

/// A connected SQLite file.
pub(super) struct Sqlite {
    readers: Pool<Dialect>,
    writer: Pool<Dialect>,
    packed: Rewritten<Arc<str>>,
    packed_anything: Rewritten<Arc<str>>,
    file: File,
    /// Whether its write-ahead log, if it has one, is for another program to look after.
    keeps_log: bool,
}

impl Sqlite {
    /// Opens the file; one of our own is made where there is none.
    pub(super) async fn connect(settings: &config::Database) -> Result<Self, OpenError> {
        let options = options(&settings.url)?;
        let path = options.get_filename().to_path_buf();
        let options = options
            .create_if_missing(settings.schema == Schema::Own && !settings.read_only)
            .foreign_keys(true)
            .busy_timeout(BUSY_TIMEOUT);
        let problem = |error: &dyn std::fmt::Display| {
            let cannot_write = !settings.read_only && path.exists() && !file::takes_writes(&path);
            let hint =
                if cannot_write { "; to only read it, set database.read_only = true" } else { "" };
            OpenError::url(format!("cannot open {}: {error}{hint}", path.display()))
        };
        // Another's file keeps the journal mode that it has.
        let options = match settings.schema {
            _ if settings.read_only => {
                read_only::options(options).await.map_err(|error| problem(&DriverError(error)))?
            }
            // A revocation that was answered has happened, so every commit is on disk.
            Schema::Own => {
                options.journal_mode(SqliteJournalMode::Wal).synchronous(SqliteSynchronous::Full)
            }
            Schema::Kratos => options,
        };
        let reader = options
            .clone()
            .create_if_missing(false)
            .pragma("query_only", "ON")
            .pragma("cache_size", READER_CACHE);
        let pool = |options, most| {
            let connector = Connector {
                hosts: Arc::new(Hosts::one(options)),
                settings: &[],
                takes_writes: "SELECT 1",
                // From the start a writer: a reader that becomes one can be refused at once.
                begin: "BEGIN IMMEDIATE".into_sql_str(),
                written: SqliteQueryResult::rows_affected,
                barrier: None,
            };
            Pool::new(connector, most, settings)
        };
        // Once it was made, no other is: that would throw away what lies in the journal
        // of one that was moved.
        let writer = pool(options.clone().create_if_missing(false), 1)?;
        let readers = pool(reader, settings.max_connections.min(MOST_READERS))?;
        if !settings.read_only {
            make(&options, settings.schema).await.map_err(|error| problem(&DriverError(error)))?;
            if !file::takes_writes(&path) {
                return Err(problem(&"the file, or its folder, takes no writes"));
            }
        }
        let file = File::opened(&path).map_err(|error| problem(&error))?;
        let (packed, packed_anything) = (Rewritten::default(), Rewritten::default());
        let keeps_log = settings.schema == Schema::Kratos || settings.read_only;
        Ok(Self { readers, writer, packed, packed_anything, file, keeps_log })
    }
}

fn options(url: &DatabaseUrl) -> Result<SqliteConnectOptions, OpenError> {
    let url = url.expose_hosts().next().unwrap_or_default();
    SqliteConnectOptions::from_str(url).map_err(OpenError::url)
}

impl Sqlite {
    /// A statement that reads, its rows packed into one.
    fn packed(&self, statement: &Statement<'_>) -> BoundQuery {
        let pack = |text: &str| {
            packed::pack(text.strip_suffix(FOR_UPDATE).unwrap_or(text), statement.columns)
        };
        let text = self.packed.of(statement.text, pack);
        bind(sqlx::query(AssertSqlSafe(Arc::clone(&*text))), &statement.arguments)
    }

    /// The same, whatever values are in the rows.
    fn packed_anything(&self, statement: &Statement<'_>) -> BoundQuery {
        let pack = |text: &str| packed::pack_anything(text, statement.columns);
        let text = self.packed_anything.of(statement.text, pack);
        bind(sqlx::query(AssertSqlSafe(Arc::clone(&*text))), &statement.arguments)
    }
}

impl Sqlite {
    /// Moves what stands in the write-ahead log into the file. Another program's file is
    /// left to that program.
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

/// The one row of an answer, which holds all of them.
fn packed_text(answer: &[SqliteRow]) -> Result<Cow<'_, str>, RepositoryError> {
    let answer = answer.first().ok_or(sqlx::Error::RowNotFound)?;
    // What a browser sent may be no UTF-8, and SQLite keeps it: such bytes are
    // shown as U+FFFD, rather than nothing at all.
    Ok(String::from_utf8_lossy(answer.try_get(0)?))
}

impl Driver for Sqlite {
    type Row<'a> = packed::Row<'a>;

    const BY_EMAIL: &'static str = "
        SELECT i.id, i.traits ->> 'email'
        FROM identities i
        WHERE i.nid = $1 AND i.traits ->> 'email' = $2";

    const READY: &'static str = "
        SELECT id
        FROM networks
        LIMIT 1";

    const MAKE_ACTIVITY: &'static str = migrations::activity::SQLITE;

    const COLUMNS: &'static str = "
        SELECT t.name, c.name
        FROM sqlite_schema t
        JOIN pragma_table_info(t.name) c
        WHERE t.type = 'table'";

    const GRANTEE: Option<&'static str> = None;

    async fn fetch<T: Send>(
        &self,
        statement: Statement<'_>,
        read: impl FnOnce(&[packed::Row<'_>]) -> Result<T, RepositoryError> + Send,
    ) -> Result<T, RepositoryError> {
        let answer = self.readers.fetch_all(|| Ok(self.packed(&statement))).await;
        self.file.is_in_place()?;
        match answer {
            // Perhaps a value that JSON cannot hold.
            Err(RepositoryError::Unexpected(_)) => {}
            answer => {
                let answer = answer?;
                let text = packed_text(&answer)?;
                if let Ok(rows) = packed::rows(&text) {
                    return read(&rows);
                }
            }
        }
        let anything = || Ok(self.packed_anything(&statement));
        let answer = self.readers.fetch_all(anything).await?;
        read(&packed::rows(&packed_text(&answer)?)?)
    }

    async fn execute(&self, statements: Vec<Statement<'_>>) -> Result<Written, RepositoryError> {
        let bound = |Statement { text, arguments, .. }: &_| bind(sqlx::query(*text), arguments);
        let written = self.writer.execute(|| Ok(statements.iter().map(bound).collect())).await;
        self.file.is_in_place()?;
        written
    }

    async fn claim(&self, claim: Claim<'_>) -> Result<Claimed, RepositoryError> {
        let Claim { first, select, then } = claim;
        let bound = |Statement { text, arguments, .. }: &_| bind(sqlx::query(*text), arguments);
        let claim = BoundClaim {
            first: || Ok(first.iter().map(bound).collect()),
            select: || Ok(self.packed(&select)),
            read: |rows: &[SqliteRow]| rows::affected(&packed::rows(&packed_text(rows)?)?),
            then: |sessions: &[Affected]| Ok(then(sessions).iter().map(bound).collect()),
        };
        let claimed = self.writer.claim(claim).await;
        self.file.is_in_place()?;
        claimed
    }

    fn pools(&self) -> Vec<PoolState> {
        vec![self.readers.state("readers"), self.writer.state("writer")]
    }

    /// The writer last, so that what stands in the write-ahead log goes into the file, and
    /// the file alone is the database (<https://sqlite.org/wal.html>); unless other
    /// processes have it open, too.
    async fn close(&self) {
        self.readers.close().await;
        if let Err(error) = self.checkpoint().await {
            tracing::warn!(%error, "checkpoint failed: the database is the file with its -wal");
        }
        self.writer.close().await;
    }

    async fn migrate(&self, versions: &[Version]) -> Result<(), OpenError> {
        // The write lock of the file, held around all of it, is what makes
        // several processes take turns.
        let mut connection = self.writer.connect().await.map_err(OpenError::url)?;
        let migrated = async {
            let lock = connection.begin_with("BEGIN IMMEDIATE").await;
            let mut lock = lock.map_err(OpenError::url)?;
            RUNNER.run(&mut lock, "", versions).await?;
            lock.commit().await.map_err(OpenError::url)
        };
        let migrated = migrated.await;
        // Now: dropped, it would be closed some time later, perhaps as the last one.
        connection.close().await.map_err(OpenError::url)?;
        migrated
    }
}

/// Makes the file, if there is none, and finds out whether one of our own can be
/// written to. Who makes it at the same time may hold a lock for which SQLite does
/// not wait: that of changing the journal mode.
async fn make(options: &SqliteConnectOptions, schema: Schema) -> Result<(), sqlx::Error> {
    let deadline = Instant::now() + BUSY_TIMEOUT;
    let try_once = async || {
        let mut connection = options.connect().await?;
        if schema == Schema::Own {
            write_nothing_new(&mut connection).await?;
        }
        connection.close().await
    };
    loop {
        match try_once().await {
            Err(error) if is_busy(&error) && Instant::now() < deadline => sleep(PAUSE).await,
            made => return made,
        }
    }
}

/// Refused where the file or its disk is only read, which `BEGIN IMMEDIATE` is not.
async fn write_nothing_new(connection: &mut SqliteConnection) -> Result<(), sqlx::Error> {
    let version: i64 =
        sqlx::query_scalar("PRAGMA user_version").fetch_one(&mut *connection).await?;
    let same = format!("PRAGMA user_version = {version}");
    sqlx::raw_sql(AssertSqlSafe(same)).execute(connection).await.map(drop)
}

type BoundQuery = Query<'static, Dialect, SqliteArguments>;

fn bind(query: BoundQuery, arguments: &[Argument<'_>]) -> BoundQuery {
    let text = |text: &Cow<'_, str>| text.clone().into_owned();
    arguments.iter().fold(query, |query, argument| match argument {
        Argument::Id(id) => query.bind(id.to_string()),
        Argument::OptionalId(id) => query.bind(id.map(|id| id.to_string())),
        Argument::Text(value) => query.bind(text(value)),
        Argument::OptionalText(value) => query.bind(value.as_ref().map(text)),
        Argument::Json(json) => query.bind((*json).to_owned()),
        Argument::OptionalJson(json) => query.bind(json.map(str::to_owned)),
        Argument::Number(number) => query.bind(*number),
        Argument::Flag(flag) => query.bind(*flag),
        Argument::Time(time) | Argument::EarliestForm(time) => query.bind(instant::format(*time)),
        Argument::LatestForm(time) => query.bind(instant::format_in_full(*time)),
    })
}
