//! Reading over a pool of connections to a server that may go away.

use std::time::Duration;

use sqlx::pool::{Pool, PoolOptions};
use sqlx::query::Query;
use sqlx::{ConnectOptions as _, Connection, Database, Executor, IntoArguments};
use time::{OffsetDateTime, PrimitiveDateTime, UtcOffset};
use tokio::time::{Instant, timeout_at};

use super::error::{OpenError, is_come_again, is_lost};
use crate::config;
use crate::repository::RepositoryError;

/// How long a read may take in all, the wait for a connection included: a
/// caller gets an answer in less than 3 s.
const LONGEST_READ: Duration = Duration::from_millis(2800);
/// Between two tries to reach a server at the start.
const PAUSE: Duration = Duration::from_millis(200);

type OptionsOf<DB> = <<DB as Database>::Connection as Connection>::Options;

/// Waits for the server, which may start later than this service, and makes a
/// pool of connections to it.
pub(super) async fn connect<DB: Database>(
    options: OptionsOf<DB>,
    pool: PoolOptions<DB>,
    settings: &config::Database,
) -> Result<Pool<DB>, OpenError> {
    let deadline = Instant::now() + settings.start_timeout;
    loop {
        match timeout_at(deadline, options.connect()).await {
            Ok(Ok(connection)) => break drop(connection),
            Ok(Err(error)) if is_come_again(&error) && Instant::now() + PAUSE < deadline => {
                tokio::time::sleep(PAUSE).await;
            }
            Ok(Err(error)) => return Err(OpenError::url(error)),
            Err(_) => return Err(OpenError::url("no answer within database.start_timeout")),
        }
    }
    Ok(pool
        .max_connections(settings.max_connections)
        .acquire_timeout(settings.acquire_timeout)
        // A statement before each statement, for what a read finds out by itself.
        .test_before_acquire(false)
        .connect_lazy_with(options))
}

/// Reads all rows. A connection that turns out to be dead, as all of a pool are
/// once the server was restarted, is thrown away and the read tried on another
/// one: as often as there can be dead ones, and within the time of one read.
pub(super) async fn fetch_all<DB>(
    pool: &Pool<DB>,
    query: impl Fn() -> Result<Query<'static, DB, DB::Arguments>, RepositoryError>,
) -> Result<Vec<DB::Row>, RepositoryError>
where
    DB: Database,
    DB::Arguments: IntoArguments<DB>,
    for<'c> &'c mut DB::Connection: Executor<'c, Database = DB>,
{
    let late = |_| RepositoryError::Unavailable("no answer in time".into());
    let deadline = Instant::now() + LONGEST_READ;
    let mut dead = 0;
    loop {
        let mut connection = timeout_at(deadline, pool.acquire()).await.map_err(late)??;
        match timeout_at(deadline, query()?.fetch_all(&mut *connection)).await {
            Ok(Ok(rows)) => return Ok(rows),
            Ok(Err(error)) if is_lost(&error) && dead < pool.options().get_max_connections() => {
                drop(connection.detach());
                dead += 1;
            }
            Ok(Err(error)) => return Err(error.into()),
            // Whatever the server may still send, nobody waits for it on this one.
            Err(elapsed) => {
                drop(connection.detach());
                return Err(late(elapsed));
            }
        }
    }
}

/// A time as servers' columns have it: without a zone, in UTC.
pub(super) fn without_zone(time: OffsetDateTime) -> PrimitiveDateTime {
    let time = time.to_offset(UtcOffset::UTC);
    PrimitiveDateTime::new(time.date(), time.time())
}
