//! Opens connections, and decides which ones may be reused.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use deadpool::managed::{Manager, Metrics, RecycleError, RecycleResult};
use sqlx::{ConnectOptions, Connection, Database, Executor, SqlStr};
use tokio::time::timeout;

use crate::config::PoolLimits;
use crate::database::driver_error::{DriverError, RefusedSetting};
use crate::database::hosts::Hosts;

/// The defaults. Network equipment between the service and its server forgets connections that are
/// old, or idle for long, and often tells neither end.
const MAX_AGE: Duration = Duration::from_mins(30);
const MAX_IDLE_TIME: Duration = Duration::from_mins(5);
/// Maximum time to connect to one of several hosts, before the next one is tried.
const HOST_TIMEOUT: Duration = Duration::from_millis(800);

pub(in crate::database) type OptionsOf<DB> = <<DB as Database>::Connection as Connection>::Options;

/// The differences between the kinds of database.
pub(in crate::database) struct Connector<DB: Database> {
    pub hosts: Arc<Hosts<OptionsOf<DB>>>,
    /// Run on every new connection, in order.
    pub settings: &'static [Setting],
    /// Reads a row if the host accepts writes. Run only if there are several hosts.
    pub takes_writes: &'static str,
    /// Begins a transaction that writes.
    pub begin: SqlStr,
    /// The number of rows that a statement has written.
    pub written: fn(&DB::QueryResult) -> u64,
    /// Waits until everything that was visible is as durable as a commit of our own.
    /// `None` if visible changes are always durable.
    pub barrier: Option<&'static str>,
    pub limits: PoolLimits,
}

/// A statement that sets up a connection.
#[derive(Debug, Clone, Copy)]
pub(in crate::database) struct Setting {
    pub name: &'static str,
    pub sql: &'static str,
    pub need: Need,
}

/// The consequence of a server's refusal of a setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::database) enum Need {
    /// A guarantee depends on the setting. Without it, the connection is refused.
    Required,
    /// The same, but a server that does not know the setting does not need it either.
    RequiredWhereKnown,
    /// The setting makes statements faster, or abandoned ones end sooner.
    Wanted,
}

/// A connection, and the host that it is connected to.
pub(in crate::database) struct Connected<DB: Database> {
    pub connection: DB::Connection,
    host: usize,
}

impl<DB: Database> Connector<DB>
where
    for<'c> &'c mut DB::Connection: Executor<'c, Database = DB>,
{
    /// Tries the hosts in turn, and connects to the first one that accepts writes.
    pub(super) async fn connect(&self) -> sqlx::Result<Connected<DB>> {
        let mut refused = sqlx::Error::PoolClosed;
        for (host, options) in self.hosts.in_turn() {
            let attempt = self.hosts.attempt(host);
            // Boxed, because this future is large and rarely needed.
            let connecting = Box::pin(self.connect_to(host, options));
            let connected = if self.hosts.are_several() {
                let timed_out = |_| Err(sqlx::Error::Io(io::ErrorKind::TimedOut.into()));
                timeout(HOST_TIMEOUT, connecting).await.unwrap_or_else(timed_out)
            } else {
                connecting.await
            };
            match connected {
                Ok(connection) => {
                    attempt.succeeded();
                    return Ok(Connected { connection, host });
                }
                Err(error) => refused = error,
            }
        }
        Err(refused)
    }

    async fn connect_to(
        &self,
        host: usize,
        options: &OptionsOf<DB>,
    ) -> sqlx::Result<DB::Connection> {
        if self.hosts.is_superseded(host) {
            return Err(refused("another server has taken over from this one"));
        }
        let mut connection = options.connect().await?;
        for setting in self.settings {
            setting.apply(&mut connection).await?;
        }
        if self.hosts.are_several() {
            let row = sqlx::raw_sql(self.takes_writes).fetch_optional(&mut connection).await?;
            if row.is_none() {
                return Err(refused("the server is read-only"));
            }
        }
        Ok(connection)
    }
}

fn refused(problem: &'static str) -> sqlx::Error {
    sqlx::Error::Io(io::Error::new(io::ErrorKind::ConnectionRefused, problem))
}

impl Setting {
    async fn apply<C>(self, connection: &mut C) -> sqlx::Result<()>
    where
        C: Connection,
        for<'c> &'c mut C: Executor<'c, Database = C::Database>,
    {
        let Self { name, sql, need } = self;
        let Err(error) = sqlx::raw_sql(sql).execute(connection).await else {
            return Ok(());
        };
        match need {
            // If the connection itself is lost, the error says nothing about the setting.
            _ if !matches!(error, sqlx::Error::Database(_)) => Err(error),
            Need::RequiredWhereKnown if is_unknown_variable(&error) => Ok(()),
            Need::Required | Need::RequiredWhereKnown => {
                let error = DriverError(error).to_string();
                Err(sqlx::Error::Configuration(RefusedSetting { name, error }.into()))
            }
            Need::Wanted => {
                let error = DriverError(error);
                tracing::debug!(%error, name, "setting refused on a new connection");
                Ok(())
            }
        }
    }
}

/// True if this server has no variable of that name (MySQL's error 1193).
fn is_unknown_variable(error: &sqlx::Error) -> bool {
    let error = error.as_database_error();
    error
        .and_then(|error| error.try_downcast_ref::<sqlx::mysql::MySqlDatabaseError>())
        .is_some_and(|error| error.number() == 1193)
}

impl<DB: Database> Manager for Connector<DB>
where
    for<'c> &'c mut DB::Connection: Executor<'c, Database = DB>,
{
    type Type = Connected<DB>;
    type Error = sqlx::Error;

    async fn create(&self) -> sqlx::Result<Self::Type> {
        self.connect().await
    }

    async fn recycle(
        &self,
        connected: &mut Self::Type,
        metrics: &Metrics,
    ) -> RecycleResult<sqlx::Error> {
        if self.hosts.is_superseded(connected.host) {
            return Err(RecycleError::message("another server has taken over"));
        }
        let max_age = self.limits.max_lifetime.unwrap_or(MAX_AGE);
        let max_idle_time = self.limits.max_idle_time.unwrap_or(MAX_IDLE_TIME);
        let stale = metrics.age() >= max_age || metrics.last_used() >= max_idle_time;
        if stale { Err(RecycleError::message("too old")) } else { Ok(()) }
    }
}
