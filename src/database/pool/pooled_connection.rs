//! A connection, taken from the pool for one use.

use deadpool::managed::Object;
use sqlx::database::HasStatementCache;
use sqlx::{Connection as _, Database, Executor};
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::error::Elapsed;
use tokio::time::{Instant, timeout_at};

use crate::database::error_class::ErrorClass;
use crate::database::pool::connector::Connector;

/// The result of using a connection, unless that timed out.
pub(super) type Tried<T> = Result<sqlx::Result<T>, Elapsed>;

/// Returns to the pool when it is dropped. If nobody waited for the end of what runs on it, it
/// is closed at once instead.
pub(super) struct PooledConnection<DB: Database>
where
    for<'c> &'c mut DB::Connection: Executor<'c, Database = DB>,
{
    connection: Option<Object<Connector<DB>>>,
    is_in_use: bool,
    /// Released after the connection.
    _slot: OwnedSemaphorePermit,
}

impl<DB: Database> PooledConnection<DB>
where
    for<'c> &'c mut DB::Connection: Executor<'c, Database = DB>,
{
    pub(super) fn new(connection: Object<Connector<DB>>, slot: OwnedSemaphorePermit) -> Self {
        Self { connection: Some(connection), is_in_use: false, _slot: slot }
    }

    /// The connection counts as in use from here until [`PooledConnection::settle`].
    pub(super) fn connection(&mut self) -> Result<&mut DB::Connection, sqlx::Error> {
        self.is_in_use = true;
        let connected = self.connection.as_deref_mut().ok_or(sqlx::Error::PoolClosed)?;
        Ok(&mut connected.connection)
    }

    /// Ends the use. The connection returns to the pool if it is intact.
    pub(super) async fn settle<T>(mut self, tried: &Tried<T>, deadline: Instant)
    where
        DB: HasStatementCache,
    {
        self.is_in_use = match tried {
            Ok(Ok(_)) => false,
            Ok(Err(error)) => match ErrorClass::of(error) {
                ErrorClass::StalePlan => !self.forgets_statements(deadline).await,
                class => !class.keeps_connection_usable(),
            },
            Err(_) => true,
        };
    }

    /// Makes the next call prepare its statements again. Returns whether that succeeded.
    async fn forgets_statements(&mut self, deadline: Instant) -> bool
    where
        DB: HasStatementCache,
    {
        let Ok(connection) = self.connection() else { return false };
        let forgotten = timeout_at(deadline, connection.clear_cached_statements()).await;
        matches!(forgotten, Ok(Ok(())))
    }
}

impl<DB: Database> Drop for PooledConnection<DB>
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
