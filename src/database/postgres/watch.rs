//! Detection of superseded primaries among several servers, by continuous checks.
//!
//! A primary that was frozen or cut off while a standby was promoted does not notice: when it
//! comes back, it accepts connections and answers from its old state. Each promotion begins a new
//! timeline
//! (<https://www.postgresql.org/docs/current/continuous-archiving.html#BACKUP-TIMELINES>), so a
//! primary on an older timeline than another one is superseded, and connections to it are no
//! longer used. That narrows the gap to [`TIMELINE_CHECK_INTERVAL`] and the time of a round trip.
//! Only fencing by the operator protects within that gap, or if the service cannot reach the new
//! primary.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future;
use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions as _, PgConnection};
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use crate::database::hosts::Hosts;

/// The pause between two rounds.
const TIMELINE_CHECK_INTERVAL: Duration = Duration::from_millis(250);
/// The time limit for a server's answer in a round.
const ANSWER_TIMEOUT: Duration = Duration::from_millis(500);

/// Reads the timeline on which a primary writes: the first eight hexadecimal digits of the name
/// of the WAL file that it writes to. Reads no row on a standby.
const TIMELINE: &str = "
SELECT CAST(SUBSTR(pg_walfile_name(pg_current_wal_insert_lsn()), 1, 8) AS TEXT)
WHERE NOT pg_is_in_recovery()";

/// Watches servers until it is dropped.
pub(super) struct Watch(JoinHandle<()>);

impl Watch {
    /// Returns after the first round, so that no connection is made to a superseded primary.
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
    /// The last known timeline of a primary. Kept while the server is silent: when it thaws, it is
    /// still on this timeline.
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
                "database server superseded: another one was promoted"
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
