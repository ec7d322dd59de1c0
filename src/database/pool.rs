//! A connection pool for a database that may become unavailable.
//!
//! Connections are not tested before or after their use, as sqlx's own pool would do, because
//! a test costs a round trip per request. A connection that turns out to be dead is discarded,
//! together with all idle ones, and the call is retried on a new one.

mod acquire;
mod connector;
mod outage;
mod pooled_connection;
mod retry;
pub(super) mod select_for_update;
pub(super) mod slots;
mod write;

use std::time::Duration;

use deadpool::Status;
use deadpool::managed::{self, QueueMode};
use sqlx::database::HasStatementCache;
use sqlx::query::Query;
use sqlx::{Connection as _, Database, Executor, IntoArguments};
use time::{OffsetDateTime, PrimitiveDateTime, UtcOffset};
use tokio::time::{Instant, sleep, timeout_at};

pub(super) use connector::{Connector, Need, Setting};

use crate::config;
use crate::database::error::OpenError;
use crate::database::error_class::ErrorClass;
use crate::database::pool::slots::Slots;
use crate::database::startup::Startup;
use crate::detach::DetachOnDrop;
use crate::metrics::{Meter, PoolState};
use crate::repository::RepositoryError;
use outage::Outage;
use pooled_connection::{PooledConnection, Tried};
use retry::Attempts;

/// Maximum time of an attempt to reach a server at startup. Calls wait for less.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Delay between attempts to get a connection while the server has none left.
const ACQUIRE_RETRY_DELAY: Duration = Duration::from_millis(20);
/// Maximum time that shutdown waits for connections in use.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(3);
type BoundQuery<DB> = Query<'static, DB, <DB as Database>::Arguments>;

/// A [`crate::database::driver::Step`] as a query of one database.
pub(super) struct BoundStep<DB: Database> {
    pub query: BoundQuery<DB>,
    pub if_wrote: Vec<usize>,
}

/// Connections that are opened when they are needed, and kept.
pub(super) struct Pool<DB: Database>
where
    for<'c> &'c mut DB::Connection: Executor<'c, Database = DB>,
{
    connections: managed::Pool<Connector<DB>>,
    slots: Slots,
    acquire_timeout: Duration,
    outage: Outage,
    meter: Meter,
}

impl<DB: Database + HasStatementCache> Pool<DB>
where
    DB::Arguments: IntoArguments<DB>,
    for<'c> &'c mut DB::Connection: Executor<'c, Database = DB>,
{
    pub(super) fn new(
        connector: Connector<DB>,
        max_size: u32,
        settings: &config::Database,
    ) -> Result<Self, OpenError> {
        let count = |number| usize::try_from(number).unwrap_or(usize::MAX);
        // The connection that was used last has warm memory, on both sides.
        let pool = managed::Pool::builder(connector).max_size(count(max_size));
        let pool = pool.queue_mode(QueueMode::Lifo).build();
        Ok(Self {
            connections: pool.map_err(OpenError::url)?,
            slots: Slots::new(count(max_size), count(settings.max_pending_acquires)),
            acquire_timeout: settings.acquire_timeout,
            outage: Outage::default(),
            meter: Meter::default(),
        })
    }

    /// Waits until the server can be reached, because it may start after this service.
    pub(super) async fn wait(&self, startup: &Startup) -> Result<(), OpenError> {
        let attempt = async || {
            let ends = startup.deadline().min(Instant::now() + CONNECT_TIMEOUT);
            match timeout_at(ends, self.connections.get()).await {
                Ok(reached) => reached.map(drop).map_err(OpenError::url),
                Err(_) => Err(OpenError::url(sqlx::Error::PoolTimedOut)),
            }
        };
        startup.wait_for(attempt).await
    }

    /// Opens a connection outside the pool, for work that takes longer than a call.
    pub(super) async fn connect(&self) -> Result<DB::Connection, sqlx::Error> {
        Ok(self.connections.manager().connect().await?.connection)
    }

    /// Reads all rows.
    pub(super) async fn fetch_all(
        &self,
        query: impl Fn() -> Result<BoundQuery<DB>, RepositoryError>,
    ) -> Result<Vec<DB::Row>, RepositoryError> {
        let reading = async {
            let mut attempts = Attempts::begin();
            loop {
                let pooled = self.acquire(&mut attempts).await?;
                // If the client hangs up, the statement still runs to its end, because
                // otherwise its connection would have to be closed.
                let fetched = fetch_all(pooled, query()?, attempts.deadline);
                let read = DetachOnDrop::new(fetched).await;
                if let Some(rows) = self.settle(&mut attempts, read).await? {
                    return Ok(rows);
                }
            }
        };
        self.meter.measure(reading).await
    }

    /// Evaluates an attempt: returns its value, or `None` if the call is to be retried.
    async fn settle<T>(
        &self,
        attempts: &mut Attempts,
        tried: Tried<T>,
    ) -> Result<Option<T>, RepositoryError> {
        let error = match tried {
            Ok(Ok(value)) => {
                self.outage.end();
                return Ok(Some(value));
            }
            Ok(Err(error)) => error,
            Err(_) => {
                // A server that is silent on this connection is silent on all open ones.
                self.forget_idle();
                let timed_out = sqlx::Error::Io(std::io::ErrorKind::TimedOut.into());
                self.outage.begin(&timed_out, &self.status());
                return Err(timed_out.into());
            }
        };
        let class = ErrorClass::of(&error);
        if class.is_server_failure() {
            attempts.was_cut_off = true;
            self.forget_idle();
        }
        if attempts.may_retry(class).await {
            return Ok(None);
        }
        if class.is_server_failure() {
            self.outage.begin(&error, &self.status());
        }
        Err(error.into())
    }

    fn status(&self) -> Status {
        Status { waiting: self.slots.waiting(), ..self.connections.status() }
    }

    pub(super) fn state(&self, name: &'static str) -> PoolState {
        let status = self.status();
        PoolState {
            name,
            connections: status.size,
            idle: status.available,
            max: status.max_size,
            waiting: status.waiting,
            meter: self.meter.clone(),
        }
    }

    /// Closes every connection properly. A connection in use is closed once it is returned; if
    /// that takes longer than [`CLOSE_TIMEOUT`], it is dropped without a farewell.
    pub(super) async fn close(&self) {
        let deadline = Instant::now() + CLOSE_TIMEOUT;
        loop {
            for connected in self.connections.retain(|_, _| false).removed {
                let _ = timeout_at(deadline, connected.connection.close()).await;
            }
            let status = self.connections.status();
            let is_unused = status.size == 0 && self.slots.available() == status.max_size;
            if is_unused || Instant::now() >= deadline {
                self.slots.close();
                return self.connections.close();
            }
            sleep(ACQUIRE_RETRY_DELAY).await;
        }
    }

    /// Discards idle connections: they are as dead as the lost one to the same server.
    pub(super) fn forget_idle(&self) {
        self.connections.retain(|_, _| false);
    }
}

/// Reads all rows, and returns the connection to the pool.
async fn fetch_all<DB: Database + HasStatementCache>(
    mut pooled: PooledConnection<DB>,
    query: BoundQuery<DB>,
    deadline: Instant,
) -> Tried<Vec<DB::Row>>
where
    DB::Arguments: IntoArguments<DB>,
    for<'c> &'c mut DB::Connection: Executor<'c, Database = DB>,
{
    let read = match pooled.connection() {
        Ok(connection) => timeout_at(deadline, query.fetch_all(connection)).await,
        Err(error) => Ok(Err(error)),
    };
    pooled.settle(&read, deadline).await;
    read
}

/// A time as the columns of servers store it: in UTC, without a zone.
pub(super) fn without_zone(time: OffsetDateTime) -> PrimitiveDateTime {
    let time = time.to_offset(UtcOffset::UTC);
    PrimitiveDateTime::new(time.date(), time.time())
}
