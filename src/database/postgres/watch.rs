//! Which of several servers is the primary, found out again and again.
//!
//! A primary that was frozen or cut off while a standby was promoted does not know of it
//! when it comes back: it takes connections and answers from what it had. Each promotion
//! begins a new timeline
//! (<https://www.postgresql.org/docs/current/continuous-archiving.html#BACKUP-TIMELINES>),
//! so a primary on an older timeline than another one is superseded: connections to it are
//! used no more. That closes the gap to [`TIMELINE_CHECK_INTERVAL`] and the time of a round trip. What
//! happens within that gap, and beside a service that cannot reach the new primary, only
//! fencing by the operator prevents.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future;
use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions as _, PgConnection};
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use crate::database::hosts::Hosts;

/// Between two rounds.
const TIMELINE_CHECK_INTERVAL: Duration = Duration::from_millis(250);
/// How long a server may take to answer in a round.
const ANSWER_TIMEOUT: Duration = Duration::from_millis(500);

/// The timeline on which a primary writes: the first eight hexadecimal digits of the name
/// of the file that it writes to. No row on a standby.
const TIMELINE: &str = "
SELECT CAST(SUBSTR(pg_walfile_name(pg_current_wal_insert_lsn()), 1, 8) AS TEXT)
WHERE NOT pg_is_in_recovery()";

/// Watches servers until it is dropped.
pub(super) struct Watch(JoinHandle<()>);

impl Watch {
    /// Returns after the first round, so that nobody connects to a superseded primary.
    pub(super) async fn start(hosts: Arc<Hosts<PgConnectOptions>>) -> Self {
        let mut servers: Vec<_> = hosts.options().iter().map(Server::new).collect();
        round(&hosts, &mut servers).await;
        Self(tokio::spawn(async move {
            loop {
                sleep(TIMELINE_CHECK_INTERVAL).await;
                round(&hosts, &mut servers).await;
            }
        }))
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.0.abort();
    }
}

struct Server {
    options: PgConnectOptions,
    connection: Option<PgConnection>,
    /// A primary's, as it last said. Kept while it is silent: when it thaws, it is still on it.
    timeline: Option<u32>,
}

async fn round(hosts: &Hosts<PgConnectOptions>, servers: &mut [Server]) {
    future::join_all(servers.iter_mut().map(Server::ask)).await;
    let newest = servers.iter().filter_map(|server| server.timeline).max();
    for (host, server) in servers.iter().enumerate() {
        let superseded = server.timeline.is_some() && server.timeline < newest;
        if hosts.set_superseded(host, superseded) && superseded {
            tracing::warn!(
                host,
                timeline = server.timeline,
                newest,
                "database server left: another one was promoted"
            );
        }
    }
}

impl Server {
    fn new(options: &PgConnectOptions) -> Self {
        Self { options: options.clone(), connection: None, timeline: None }
    }

    async fn ask(&mut self) {
        match timeout(ANSWER_TIMEOUT, self.read_timeline()).await {
            Ok(Ok(timeline)) => self.timeline = timeline,
            Ok(Err(_)) | Err(_) => self.connection = None,
        }
    }

    async fn read_timeline(&mut self) -> sqlx::Result<Option<u32>> {
        let connection = match &mut self.connection {
            Some(connection) => connection,
            none => none.insert(self.options.connect().await?),
        };
        let name: Option<String> = sqlx::query_scalar(TIMELINE).fetch_optional(connection).await?;
        Ok(name.and_then(|name| u32::from_str_radix(&name, 16).ok()))
    }
}
