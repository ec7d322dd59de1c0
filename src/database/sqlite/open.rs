//! Opens the file, or makes it.

use std::str::FromStr as _;
use std::sync::Arc;
use std::time::Duration;

use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteQueryResult, SqliteSynchronous};
use sqlx::{
    AssertSqlSafe, ConnectOptions as _, Connection as _, SqlSafeStr as _, SqliteConnection,
};
use tokio::time::{Instant, sleep};

use crate::config;
use crate::config::{DatabaseUrl, Schema};
use crate::database::driver_error::DriverError;
use crate::database::error::OpenError;
use crate::database::error_class::is_busy;
use crate::database::hosts::Hosts;
use crate::database::pool::{Connector, Pool};
use crate::database::sqlite::file_guard;
use crate::database::sqlite::file_guard::File;
use crate::database::sqlite::{Sqlite, read_only};
use crate::database::statement_cache::StatementCache;

/// How long a statement waits for another process's lock.
const BUSY_TIMEOUT: Duration = Duration::from_secs(2);
/// Between two tries to open a file that is locked.
const OPEN_RETRY_DELAY: Duration = Duration::from_millis(10);
/// Reading is work of the processor, so more connections than a few only cost memory.
const MAX_READERS: u32 = 4;

/// Of the page cache that each reader has, in SQLite's way of saying kibibytes:
/// enough for the upper levels of the B-trees, the rest is the system's to cache.
const READER_CACHE: &str = "-1024";

impl Sqlite {
    /// Opens the file; one of our own is made where there is none.
    pub(in crate::database) async fn connect(
        settings: &config::Database,
    ) -> Result<Self, OpenError> {
        let options = options(&settings.url)?;
        let path = options.get_filename().to_path_buf();
        let options = options
            .create_if_missing(settings.schema == Schema::Own && !settings.read_only)
            .foreign_keys(true)
            .busy_timeout(BUSY_TIMEOUT);
        let problem = |error: &dyn std::fmt::Display| {
            let cannot_write =
                !settings.read_only && path.exists() && !file_guard::takes_writes(&path);
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
        let readers = pool(reader, settings.max_connections.min(MAX_READERS))?;
        if !settings.read_only {
            make(&options, settings.schema).await.map_err(|error| problem(&DriverError(error)))?;
            if !file_guard::takes_writes(&path) {
                return Err(problem(&"the file, or its folder, takes no writes"));
            }
        }
        let file = File::opened(&path).map_err(|error| problem(&error))?;
        let (packed, packed_anything) = (StatementCache::default(), StatementCache::default());
        let keeps_log = settings.schema == Schema::Kratos || settings.read_only;
        Ok(Self { readers, writer, packed, packed_anything, file, keeps_log })
    }
}

pub(super) fn options(url: &DatabaseUrl) -> Result<SqliteConnectOptions, OpenError> {
    let url = url.expose_hosts().next().unwrap_or_default();
    SqliteConnectOptions::from_str(url).map_err(OpenError::url)
}

/// Makes the file, if there is none, and finds out whether one of our own can be
/// written to. Who makes it at the same time may hold a lock for which SQLite does
/// not wait: that of changing the journal mode.
async fn make(options: &SqliteConnectOptions, schema: Schema) -> Result<(), sqlx::Error> {
    let deadline = Instant::now() + BUSY_TIMEOUT;
    let try_once = async || {
        let mut connection = options.connect().await?;
        let written = match schema {
            Schema::Own => write_nothing_new(&mut connection).await,
            Schema::Kratos => Ok(()),
        };
        connection.close().await.and(written)
    };
    loop {
        match try_once().await {
            Err(error) if is_busy(&error) && Instant::now() < deadline => {
                sleep(OPEN_RETRY_DELAY).await;
            }
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
