//! Opens the database file, or creates it.

use std::fmt;
use std::path::Path;
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
use crate::database::awaited::Awaited;
use crate::database::error::{OpenError, Problem};
use crate::database::error_class::is_busy;
use crate::database::hosts::Hosts;
use crate::database::pool::{Connector, Pool};
use crate::database::sqlite::file_guard;
use crate::database::sqlite::file_guard::File;
use crate::database::sqlite::{Sqlite, read_only};
use crate::database::statement_cache::StatementCache;

/// The maximum wait of a statement for another process's lock.
const BUSY_TIMEOUT: Duration = Duration::from_secs(2);
/// The pause between two attempts to open a locked file.
const OPEN_RETRY_DELAY: Duration = Duration::from_millis(10);
/// The maximum number of readers. Reading is CPU-bound, so more connections only cost memory.
const MAX_READERS: u32 = 4;

/// The size of each reader's page cache, in SQLite's notation for kibibytes. It is enough for the
/// upper levels of the B-trees; the operating system caches the rest.
const READER_CACHE: &str = "-1024";

impl Sqlite {
    /// Opens the file. The service's own file is created if it does not exist.
    pub(in crate::database) async fn connect(
        settings: &config::Database,
    ) -> Result<Self, OpenError> {
        let options = options(&settings.url)?;
        let path = options.get_filename().to_path_buf();
        let options = options
            .create_if_missing(settings.schema == Schema::Own && !settings.read_only)
            .foreign_keys(true)
            .busy_timeout(BUSY_TIMEOUT);
        let problem = |error: &dyn std::fmt::Display| cannot_open(&path, error, settings);
        // Another program's file keeps its journal mode.
        let options = match settings.schema {
            _ if settings.read_only => {
                read_only::options(options).await.map_err(|error| problem(&Problem::from(error)))?
            }
            // An answered revocation is durable, so every commit waits for the disk.
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
        let pool = |options, max_connections| {
            let connector = Connector {
                hosts: Arc::new(Hosts::one(options)),
                settings: &[],
                takes_writes: "SELECT 1",
                // A writer from the start: a reader that becomes a writer can fail at once.
                begin: "BEGIN IMMEDIATE".into_sql_str(),
                written: SqliteQueryResult::rows_affected,
                barrier: None,
                limits: settings.url.pool_limits(),
            };
            Pool::new(connector, max_connections, settings)
        };
        // The pools never create the file: if it was moved away, a new one would discard the
        // contents of its journal.
        let writer = pool(options.clone().create_if_missing(false), 1)?;
        let readers = pool(reader, settings.max_connections.min(MAX_READERS))?;
        if !settings.read_only {
            create(&options, settings.schema)
                .await
                .map_err(|error| problem(&Problem::from(error)))?;
            if !file_guard::takes_writes(&path) {
                return Err(problem(&"the file or its folder is not writable"));
            }
        }
        let file = File::opened(&path).map_err(|error| problem(&error))?;
        let (packed, packed_anything) = (StatementCache::default(), StatementCache::default());
        let keeps_log = settings.schema == Schema::Kratos || settings.read_only;
        Ok(Self { readers, writer, packed, packed_anything, file, keeps_log })
    }
}

fn cannot_open(path: &Path, error: &dyn fmt::Display, settings: &config::Database) -> OpenError {
    let exists = path.exists();
    let cannot_write = !settings.read_only && exists && !file_guard::takes_writes(path);
    let hint = if cannot_write { "; set database.read_only = true to only read it" } else { "" };
    let error = OpenError::url(format!("cannot open {}: {error}{hint}", path.display()));
    // Kratos, or the replica that writes, may still create it. Nobody creates folders.
    let is_made_by_others = settings.read_only || settings.schema == Schema::Kratos;
    let may_appear = is_made_by_others && !exists && path.parent().is_some_and(Path::is_dir);
    if may_appear { error.until(Awaited::File) } else { error }
}

pub(super) fn options(url: &DatabaseUrl) -> Result<SqliteConnectOptions, OpenError> {
    let url = url.expose_hosts().next().unwrap_or_default();
    SqliteConnectOptions::from_str(url).map_err(OpenError::url)
}

/// Creates the file if it does not exist. Fails if the service's own file is not writable. Another
/// process that creates it at the same time may hold a lock that SQLite does not wait for: the
/// one for changing the journal mode.
async fn create(options: &SqliteConnectOptions, schema: Schema) -> Result<(), sqlx::Error> {
    let deadline = Instant::now() + BUSY_TIMEOUT;
    let try_once = async || {
        let mut connection = options.connect().await?;
        let written = match schema {
            Schema::Own => probe_write(&mut connection).await,
            Schema::Kratos => Ok(()),
        };
        connection.close().await.and(written)
    };
    loop {
        match try_once().await {
            Err(error) if is_busy(&error) && Instant::now() < deadline => {
                sleep(OPEN_RETRY_DELAY).await;
            }
            created => return created,
        }
    }
}

/// Fails if the file or its disk is read-only, which `BEGIN IMMEDIATE` does not detect. Writes the
/// value that is already there.
async fn probe_write(connection: &mut SqliteConnection) -> Result<(), sqlx::Error> {
    let version: i64 =
        sqlx::query_scalar("PRAGMA user_version").fetch_one(&mut *connection).await?;
    let same = format!("PRAGMA user_version = {version}");
    sqlx::raw_sql(AssertSqlSafe(same)).execute(connection).await.map(drop)
}
