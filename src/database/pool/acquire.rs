//! Acquires a connection for a call.

use deadpool::managed::{self, PoolError, Timeouts};
use sqlx::database::HasStatementCache;
use sqlx::{Database, Executor, IntoArguments};
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{Duration, Instant, sleep, timeout_at};

use crate::database::error_class::ErrorClass;
use crate::database::pool::pooled_connection::PooledConnection;
use crate::database::pool::retry::Attempts;
use crate::database::pool::{ACQUIRE_RETRY_DELAY, Connector, Pool};
use crate::detach::DetachOnDrop;
use crate::repository::RepositoryError;

/// The holder of a slot need not wait: a connection is idle, or may be opened.
const WITHOUT_WAITING: Timeouts =
    Timeouts { wait: Some(Duration::ZERO), create: None, recycle: None };

impl<DB: Database + HasStatementCache> Pool<DB>
where
    DB::Arguments: IntoArguments<DB>,
    for<'c> &'c mut DB::Connection: Executor<'c, Database = DB>,
{
    /// Acquires a free connection, or one that another call returns, unless too many calls
    /// wait for that already.
    pub(super) async fn acquire(
        &self,
        attempts: &mut Attempts,
    ) -> Result<PooledConnection<DB>, RepositoryError> {
        let deadline = attempts.deadline.min(Instant::now() + self.acquire_timeout);
        loop {
            let error = match self.slots.acquire(deadline).await {
                Some(slot) => match self.connection(slot, deadline).await {
                    Ok(connection) => return Ok(connection),
                    Err(error) => error,
                },
                None => sqlx::Error::PoolTimedOut,
            };
            let class = ErrorClass::of(&error);
            // One of the existing connections will become free.
            if class == ErrorClass::TooManyConnections
                && Instant::now() + ACQUIRE_RETRY_DELAY < deadline
            {
                sleep(ACQUIRE_RETRY_DELAY).await;
            } else if matches!(error, sqlx::Error::PoolTimedOut) || !attempts.may_retry(class).await
            {
                self.outage.begin(&error, &self.status());
                return Err(error.into());
            }
        }
    }

    async fn connection(
        &self,
        slot: OwnedSemaphorePermit,
        deadline: Instant,
    ) -> sqlx::Result<PooledConnection<DB>> {
        let opening = reuse_or_open(self.connections.clone(), slot, deadline);
        if self.connections.status().available > 0 {
            return opening.await;
        }
        // If the client hangs up, the connection is still opened, because otherwise each
        // hang-up would make the server begin another one.
        DetachOnDrop::new(opening).await
    }
}

/// Takes an idle connection, or opens one.
async fn reuse_or_open<DB: Database>(
    connections: managed::Pool<Connector<DB>>,
    slot: OwnedSemaphorePermit,
    deadline: Instant,
) -> sqlx::Result<PooledConnection<DB>>
where
    for<'c> &'c mut DB::Connection: Executor<'c, Database = DB>,
{
    match timeout_at(deadline, connections.timeout_get(&WITHOUT_WAITING)).await {
        Ok(Ok(connection)) => Ok(PooledConnection::new(connection, slot)),
        Ok(Err(PoolError::Backend(error))) => Err(error),
        Ok(Err(_)) | Err(_) => Err(sqlx::Error::PoolTimedOut),
    }
}
