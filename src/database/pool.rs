//! A pool of connections to a database that may go away.
//!
//! A connection is not asked whether it still lives, neither before nor after
//! its use, as sqlx's own pool would: that is a round trip for each request.
//! What turns out to be dead is thrown away, with all that lie idle, and what
//! may be repeated is, on a fresh one.

mod connector;

use std::time::Duration;

use deadpool::managed::{self, Object, PoolError, QueueMode};
use sqlx::query::Query;
use sqlx::{Connection as _, Database, Executor, IntoArguments};
use time::{OffsetDateTime, PrimitiveDateTime, UtcOffset};
use tokio::time::{Instant, sleep, timeout_at};

pub(super) use connector::Connector;

use super::error::{OpenError, is_come_again, is_conflict, is_lost};
use crate::config;
use crate::repository::RepositoryError;

/// How long a call may take in all, the wait for a connection included. Most
/// requests make one, and are answered in less than 3 s.
const LONGEST_CALL: Duration = Duration::from_millis(2800);
/// Between two tries to reach a server at the start.
const PAUSE: Duration = Duration::from_millis(200);
/// How often a call is tried.
const TRIES: u32 = 3;

type BoundQuery<DB> = Query<'static, DB, <DB as Database>::Arguments>;

/// Connections that are made when they are needed, and kept.
pub(super) struct Pool<DB: Database>
where
    for<'c> &'c mut DB::Connection: Executor<'c, Database = DB>,
{
    connections: managed::Pool<Connector<DB>>,
    acquire_timeout: Duration,
}

/// One call, which may take several tries.
struct Call {
    deadline: Instant,
    tries: u32,
}

/// Why a try failed, and whether nothing, or nothing new, can have come of it.
struct Failed {
    error: sqlx::Error,
    may_repeat: bool,
}

impl<DB: Database> Pool<DB>
where
    DB::Arguments: IntoArguments<DB>,
    for<'c> &'c mut DB::Connection: Executor<'c, Database = DB>,
{
    pub(super) fn new(
        connector: Connector<DB>,
        most: u32,
        settings: &config::Database,
    ) -> Result<Self, OpenError> {
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        // The one used last is the one whose memory is warm, at both ends.
        let pool = managed::Pool::builder(connector).max_size(most).queue_mode(QueueMode::Lifo);
        let connections = pool.build().map_err(OpenError::url)?;
        Ok(Self { connections, acquire_timeout: settings.acquire_timeout })
    }

    /// Waits for a server, which may start later than this service.
    pub(super) async fn wait(&self, patience: Duration) -> Result<(), OpenError> {
        let deadline = Instant::now() + patience;
        loop {
            match timeout_at(deadline, self.connections.get()).await {
                Ok(Ok(_)) => return Ok(()),
                Ok(Err(PoolError::Backend(error)))
                    if is_come_again(&error) && Instant::now() + PAUSE < deadline =>
                {
                    sleep(PAUSE).await;
                }
                Ok(Err(error)) => return Err(OpenError::url(error)),
                Err(_) => return Err(OpenError::url("no answer within database.start_timeout")),
            }
        }
    }

    /// A connection outside of the pool, for what takes longer than a call.
    pub(super) async fn connect(&self) -> Result<DB::Connection, sqlx::Error> {
        self.connections.manager().connect().await
    }

    /// Reads all rows.
    pub(super) async fn fetch_all(
        &self,
        query: impl Fn() -> Result<BoundQuery<DB>, RepositoryError>,
    ) -> Result<Vec<DB::Row>, RepositoryError> {
        let mut call = Call::begin();
        loop {
            let mut lease = self.acquire(&call).await?;
            let reading = query()?.fetch_all(lease.connection()?);
            match timeout_at(call.deadline, reading).await {
                Ok(Ok(rows)) => {
                    lease.give_back();
                    return Ok(rows);
                }
                Ok(Err(error)) => self.settle(&mut call, lease, Failed::harmless(error))?,
                Err(_) => return Err(self.late()),
            }
        }
    }

    /// Runs statements that write, all or nothing, and tells how many rows each
    /// has written. A statement alone must be one that may be repeated.
    pub(super) async fn execute(
        &self,
        queries: impl Fn() -> Result<Vec<BoundQuery<DB>>, RepositoryError>,
    ) -> Result<Vec<u64>, RepositoryError> {
        let mut call = Call::begin();
        loop {
            let mut lease = self.acquire(&call).await?;
            let writing = self.write(lease.connection()?, queries()?);
            match timeout_at(call.deadline, writing).await {
                Ok(Ok(written)) => {
                    lease.give_back();
                    return Ok(written);
                }
                Ok(Err(failed)) => self.settle(&mut call, lease, failed)?,
                Err(_) => return Err(self.late()),
            }
        }
    }

    async fn write(
        &self,
        connection: &mut DB::Connection,
        queries: Vec<BoundQuery<DB>>,
    ) -> Result<Vec<u64>, Failed> {
        let connector = self.connections.manager();
        let mut written = Vec::with_capacity(queries.len());
        if queries.len() == 1 {
            for query in queries {
                let done = query.execute(&mut *connection).await.map_err(Failed::harmless)?;
                written.push((connector.written)(&done));
            }
            return Ok(written);
        }
        let begin = connection.begin_with(connector.begin.clone()).await;
        let mut transaction = begin.map_err(Failed::harmless)?;
        for query in queries {
            match query.execute(&mut *transaction).await {
                Ok(done) => written.push((connector.written)(&done)),
                Err(error) => {
                    // Now, not at the connection's next use: until then it holds locks.
                    let _ = transaction.rollback().await;
                    return Err(Failed::harmless(error));
                }
            }
        }
        // Whether a commit that failed was one, nobody can tell.
        let committed = transaction.commit().await;
        committed.map_err(|error| Failed { error, may_repeat: false })?;
        Ok(written)
    }

    async fn acquire(&self, call: &Call) -> Result<Lease<DB>, sqlx::Error> {
        let deadline = call.deadline.min(Instant::now() + self.acquire_timeout);
        match timeout_at(deadline, self.connections.get()).await {
            Ok(Ok(connection)) => Ok(Lease(Some(connection))),
            Ok(Err(PoolError::Backend(error))) => Err(error),
            // All are busy, and stay so.
            Ok(Err(_)) | Err(_) => Err(sqlx::Error::PoolTimedOut),
        }
    }

    /// After a try that failed: `Ok` where it is worth another one.
    fn settle(
        &self,
        call: &mut Call,
        lease: Lease<DB>,
        Failed { error, may_repeat }: Failed,
    ) -> Result<(), RepositoryError> {
        let lost = is_lost(&error);
        if lost {
            self.forget_idle();
        } else {
            lease.give_back();
        }
        call.tries += 1;
        if may_repeat && (lost || is_conflict(&error)) && call.tries < TRIES {
            Ok(())
        } else {
            Err(error.into())
        }
    }

    /// A server that is silent here is so on every connection that it knew.
    fn late(&self) -> RepositoryError {
        self.forget_idle();
        RepositoryError::Unavailable("no answer in time".into())
    }

    /// What was connected to the same server lies dead beside what was lost.
    fn forget_idle(&self) {
        self.connections.retain(|_, _| false);
    }
}

/// A connection for one use. Dropped before it is given back, it is closed at
/// once: nobody has waited for the end of what runs on it.
struct Lease<DB: Database>(Option<Object<Connector<DB>>>)
where
    for<'c> &'c mut DB::Connection: Executor<'c, Database = DB>;

impl<DB: Database> Lease<DB>
where
    for<'c> &'c mut DB::Connection: Executor<'c, Database = DB>,
{
    fn connection(&mut self) -> Result<&mut DB::Connection, sqlx::Error> {
        self.0.as_deref_mut().ok_or(sqlx::Error::PoolClosed)
    }

    fn give_back(mut self) {
        drop(self.0.take());
    }
}

impl<DB: Database> Drop for Lease<DB>
where
    for<'c> &'c mut DB::Connection: Executor<'c, Database = DB>,
{
    fn drop(&mut self) {
        if let Some(connection) = self.0.take() {
            drop(Object::take(connection));
        }
    }
}

impl Call {
    fn begin() -> Self {
        Self { deadline: Instant::now() + LONGEST_CALL, tries: 0 }
    }
}

impl Failed {
    fn harmless(error: sqlx::Error) -> Self {
        Self { error, may_repeat: true }
    }
}

/// A time as servers' columns have it: without a zone, in UTC.
pub(super) fn without_zone(time: OffsetDateTime) -> PrimitiveDateTime {
    let time = time.to_offset(UtcOffset::UTC);
    PrimitiveDateTime::new(time.date(), time.time())
}
