//! A connection for one use.

use deadpool::managed::Object;
use sqlx::database::HasStatementCache;
use sqlx::{Connection as _, Database, Executor};
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{Instant, timeout_at};

use crate::database::error_class::ErrorClass;
use crate::database::pool::{Connector, Tried};

/// Goes back to the pool when it is dropped, unless nobody has waited for the end of what
/// runs on it: then it is closed at once.
pub(super) struct Lease<DB: Database>
where
    for<'c> &'c mut DB::Connection: Executor<'c, Database = DB>,
{
    connection: Option<Object<Connector<DB>>>,
    is_in_use: bool,
    /// Given back after the connection.
    _slot: OwnedSemaphorePermit,
}

impl<DB: Database> Lease<DB>
where
    for<'c> &'c mut DB::Connection: Executor<'c, Database = DB>,
{
    pub(super) fn new(connection: Object<Connector<DB>>, slot: OwnedSemaphorePermit) -> Self {
        Self { connection: Some(connection), is_in_use: false, _slot: slot }
    }

    /// From here on until [`Lease::settle`] it is in use.
    pub(super) fn connection(&mut self) -> Result<&mut DB::Connection, sqlx::Error> {
        self.is_in_use = true;
        let connected = self.connection.as_deref_mut().ok_or(sqlx::Error::PoolClosed)?;
        Ok(&mut connected.connection)
    }

    /// Ends the use: the connection goes back to the pool if it is whole.
    pub(super) async fn settle<T>(mut self, tried: &Tried<T>, deadline: Instant)
    where
        DB: HasStatementCache,
    {
        self.is_in_use = match tried {
            Ok(Ok(_)) => false,
            Ok(Err(error)) => match ErrorClass::of(error) {
                ErrorClass::StalePlan => !self.forgets_statements(deadline).await,
                failure => !failure.leaves_connection_whole(),
            },
            Err(_) => true,
        };
    }

    /// Has the next call prepare its statements again.
    async fn forgets_statements(&mut self, deadline: Instant) -> bool
    where
        DB: HasStatementCache,
    {
        let Ok(connection) = self.connection() else { return false };
        let forgotten = timeout_at(deadline, connection.clear_cached_statements()).await;
        matches!(forgotten, Ok(Ok(())))
    }
}

impl<DB: Database> Drop for Lease<DB>
where
    for<'c> &'c mut DB::Connection: Executor<'c, Database = DB>,
{
    fn drop(&mut self) {
        let connection = self.connection.take();
        if self.is_in_use {
            drop(connection.map(Object::take));
        }
    }
}
