//! Making connections, and knowing which may be used again.

use std::time::Duration;

use deadpool::managed::{Manager, Metrics, RecycleError, RecycleResult};
use sqlx::{ConnectOptions as _, Connection, Database, Executor, SqlStr};

/// Whatever stands between the service and its server forgets connections that
/// are old, or silent for long, and often tells neither end.
const OLDEST: Duration = Duration::from_mins(30);
const LONGEST_SILENCE: Duration = Duration::from_mins(5);

pub(in super::super) type OptionsOf<DB> = <<DB as Database>::Connection as Connection>::Options;

/// What differs between the kinds of database.
pub(in super::super) struct Connector<DB: Database> {
    pub options: OptionsOf<DB>,
    /// Run on every new connection, which is used too where this is refused.
    pub first: Option<&'static str>,
    /// What begins a transaction that writes.
    pub begin: SqlStr,
    /// How many rows a statement has written.
    pub written: fn(&DB::QueryResult) -> u64,
}

impl<DB: Database> Connector<DB>
where
    for<'c> &'c mut DB::Connection: Executor<'c, Database = DB>,
{
    pub(super) async fn connect(&self) -> sqlx::Result<DB::Connection> {
        // The way to a connection is long, and rarely gone.
        let mut connection = Box::pin(self.options.connect()).await?;
        if let Some(first) = self.first
            && let Err(error) = sqlx::raw_sql(first).execute(&mut connection).await
        {
            tracing::debug!(%error, "the first statement on a connection was refused");
        }
        Ok(connection)
    }
}

impl<DB: Database> Manager for Connector<DB>
where
    for<'c> &'c mut DB::Connection: Executor<'c, Database = DB>,
{
    type Type = DB::Connection;
    type Error = sqlx::Error;

    async fn create(&self) -> sqlx::Result<Self::Type> {
        self.connect().await
    }

    async fn recycle(&self, _: &mut Self::Type, metrics: &Metrics) -> RecycleResult<sqlx::Error> {
        let stale = metrics.age() >= OLDEST || metrics.last_used() >= LONGEST_SILENCE;
        if stale { Err(RecycleError::message("too old")) } else { Ok(()) }
    }
}
