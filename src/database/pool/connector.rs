//! Making connections, and knowing which may be used again.

use std::io;
use std::time::Duration;

use deadpool::managed::{Manager, Metrics, RecycleError, RecycleResult};
use sqlx::{ConnectOptions, Connection, Database, Executor, SqlStr};
use tokio::time::timeout;

use super::super::hosts::Hosts;

/// Whatever stands between the service and its server forgets connections that
/// are old, or silent for long, and often tells neither end.
const OLDEST: Duration = Duration::from_mins(30);
const LONGEST_SILENCE: Duration = Duration::from_mins(5);
/// How long one of several hosts may take over a greeting, before the next is asked.
const LONGEST_GREETING: Duration = Duration::from_millis(800);

pub(in super::super) type OptionsOf<DB> = <<DB as Database>::Connection as Connection>::Options;

/// What differs between the kinds of database.
pub(in super::super) struct Connector<DB: Database> {
    pub hosts: Hosts<OptionsOf<DB>>,
    /// Run on every new connection, which is used too where one of them is refused.
    pub first: &'static [&'static str],
    /// Reads a row where the host takes what is written; asked where there are several.
    pub takes_writes: &'static str,
    /// What begins a transaction that writes.
    pub begin: SqlStr,
    /// How many rows a statement has written.
    pub written: fn(&DB::QueryResult) -> u64,
}

impl<DB: Database> Connector<DB>
where
    for<'c> &'c mut DB::Connection: Executor<'c, Database = DB>,
{
    /// Connects to the first host in turn that takes what is written.
    pub(super) async fn connect(&self) -> sqlx::Result<DB::Connection> {
        let mut refused = sqlx::Error::PoolClosed;
        for (host, options) in self.hosts.in_turn() {
            let attempt = self.hosts.attempt(host);
            // The way to a connection is long, and rarely gone.
            let connecting = Box::pin(self.connect_to(options));
            let connected = if self.hosts.are_several() {
                let late = |_| Err(sqlx::Error::Io(io::ErrorKind::TimedOut.into()));
                timeout(LONGEST_GREETING, connecting).await.unwrap_or_else(late)
            } else {
                connecting.await
            };
            match connected {
                Ok(connection) => {
                    attempt.succeeded();
                    return Ok(connection);
                }
                Err(error) => refused = error,
            }
        }
        Err(refused)
    }

    async fn connect_to(&self, options: &OptionsOf<DB>) -> sqlx::Result<DB::Connection> {
        let mut connection = options.connect().await?;
        for first in self.first {
            if let Err(error) = sqlx::raw_sql(*first).execute(&mut connection).await {
                tracing::debug!(%error, first, "refused on a new connection");
            }
        }
        if self.hosts.are_several() {
            let row = sqlx::raw_sql(self.takes_writes).fetch_optional(&mut connection).await?;
            if row.is_none() {
                let kind = io::ErrorKind::ConnectionRefused;
                return Err(sqlx::Error::Io(io::Error::new(kind, "the server only reads")));
            }
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
