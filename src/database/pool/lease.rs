//! A connection for one use.

use deadpool::managed::Object;
use sqlx::{Database, Executor};

use super::Connector;

/// Dropped before it is given back, a connection is closed at once: nobody has
/// waited for the end of what runs on it.
pub(super) struct Lease<DB: Database>(Option<Object<Connector<DB>>>)
where
    for<'c> &'c mut DB::Connection: Executor<'c, Database = DB>;

impl<DB: Database> Lease<DB>
where
    for<'c> &'c mut DB::Connection: Executor<'c, Database = DB>,
{
    pub(super) fn new(connection: Object<Connector<DB>>) -> Self {
        Self(Some(connection))
    }

    pub(super) fn connection(&mut self) -> Result<&mut DB::Connection, sqlx::Error> {
        let connected = self.0.as_deref_mut().ok_or(sqlx::Error::PoolClosed)?;
        Ok(&mut connected.connection)
    }

    pub(super) fn give_back(mut self) {
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
