//! The migration lock: one process migrates at a time, on any server and any node of a cluster.
//!
//! The servers' own locks are not sufficient: they hold on one node of a cluster only, and some
//! databases that speak PostgreSQL's protocol grant them to everyone. So the migration lock is a
//! row of a table, which can exist only once. Its holder changes it twice a second; a row that
//! stays the same belongs to a process that died, and is deleted. No clocks are compared.
//!
//! A holder that was only paused or cut off must not continue after another process has taken the
//! lock. It writes DDL on one connection, each time behind a fence: the transaction of a version
//! first locks the holder's row. The row must still exist, and nobody deletes it while it is
//! locked. The server closes that connection if nothing arrives for 2 s (a setting of the drivers'
//! [`crate::database::migrations::run::Runner`]s), so a holder that is paused behind its fence loses
//! both the row's lock and the connection. On clusters where a row's lock holds on one node only
//! (Galera), locking the row is also a heartbeat, so that nobody deletes the row in less than
//! [`LEASE`], which is longer.

use std::borrow::Cow;
use std::time::Duration;

use tokio::time::{Instant, sleep};
use uuid::Uuid;

use crate::database::driver::{Argument, Column, Driver, Row as _, Statement};
use crate::database::driver_error::is_forbidden;
use crate::database::error::OpenError;
use crate::database::migrations::error::MigrationError;
use crate::repository::RepositoryError;

const CREATE_TABLE: &str = "
CREATE TABLE IF NOT EXISTS elsewhere_migrating (
    turn INT NOT NULL PRIMARY KEY,
    holder VARCHAR(36) NOT NULL,
    beat VARCHAR(36) NOT NULL
)";
const ACQUIRE: &str = "
INSERT INTO elsewhere_migrating (turn, holder, beat)
SELECT 1, $1, $2
FROM (SELECT COUNT(*) AS holders FROM elsewhere_migrating) t
WHERE t.holders = 0";
const READ_HOLDER: &str = "SELECT holder, beat FROM elsewhere_migrating WHERE turn = 1";
const HEARTBEAT: &str = "UPDATE elsewhere_migrating SET beat = $2 WHERE holder = $1";
const RELEASE: &str = "DELETE FROM elsewhere_migrating WHERE holder = $1";
const EVICT: &str = "DELETE FROM elsewhere_migrating WHERE holder = $1 AND beat = $2";

const HEARTBEAT_INTERVAL: Duration = Duration::from_millis(500);
const POLL_INTERVAL: Duration = Duration::from_millis(100);
/// The time without a change after which the holder counts as dead.
const LEASE: Duration = Duration::from_secs(5);
/// The part of the time between two reads that counts at most: while the database does not
/// answer, the holder cannot write, either.
const MAX_COUNTED: Duration = Duration::from_millis(500);

/// The migration lock, held until another process takes it away.
pub(super) struct MigrationLock {
    holder: String,
}

/// Another process that holds the lock, and the time for which its row has not changed.
struct Observed {
    holder: String,
    beat: String,
    last_read: Instant,
    unchanged_for: Duration,
}

impl MigrationLock {
    /// Waits until this process holds the lock, however long others hold it.
    pub(super) async fn acquire(driver: &impl Driver) -> Result<Self, OpenError> {
        let holder = Uuid::new_v4().to_string();
        let mut observed: Option<Observed> = None;
        loop {
            let Some((present, beat)) = read_or_acquire(driver, &holder).await? else {
                // The lock was released just now, or another process was quicker.
                sleep(POLL_INTERVAL).await;
                continue;
            };
            if present == holder {
                return Ok(Self { holder });
            }
            let now = Instant::now();
            let seen = observed.take().filter(|seen| seen.holder == present && seen.beat == beat);
            let unchanged_for = seen.map_or(Duration::ZERO, |seen| {
                seen.unchanged_for + MAX_COUNTED.min(now.duration_since(seen.last_read))
            });
            if unchanged_for > LEASE {
                let _ = write(driver, EVICT, &[&present, &beat]).await;
            } else {
                observed = Some(Observed { holder: present, beat, last_read: now, unchanged_for });
                sleep(POLL_INTERVAL).await;
            }
        }
    }

    pub(super) fn holder(&self) -> &str {
        &self.holder
    }

    /// Runs `work` while this process holds the lock, and releases the lock.
    pub(super) async fn hold_during(
        &self,
        driver: &impl Driver,
        work: impl Future<Output = Result<(), MigrationError>>,
    ) -> Result<(), MigrationError> {
        let done = tokio::select! {
            done = work => done,
            lost = self.send_heartbeats(driver) => Err(lost),
        };
        // A lock that is not released is later taken away, like that of a dead process.
        let _ = write(driver, RELEASE, &[&self.holder]).await;
        done
    }

    /// Ends when the lock was taken away.
    async fn send_heartbeats(&self, driver: &impl Driver) -> MigrationError {
        loop {
            sleep(HEARTBEAT_INTERVAL).await;
            if let Ok(0) =
                write(driver, HEARTBEAT, &[&self.holder, &Uuid::new_v4().to_string()]).await
            {
                return MigrationError::Interrupted(
                    "another process considered this one dead".to_owned(),
                );
            }
        }
    }
}

/// Reads the holder of the lock and its last heartbeat. Acquires the lock if nobody holds it.
async fn read_or_acquire(
    driver: &impl Driver,
    holder: &str,
) -> Result<Option<(String, String)>, OpenError> {
    match read_holder(driver).await {
        Ok(Some(present)) => return Ok(Some(present)),
        Ok(None) => {}
        // Some of several concurrent attempts may fail; only the existence of the table counts.
        Err(_) => {
            let created = write(driver, CREATE_TABLE, &[]).await;
            if let Err(error) = read_holder(driver).await {
                return Err(OpenError::of_migration(created.err().unwrap_or(error)));
            }
        }
    }
    match write(driver, ACQUIRE, &[holder, "taken"]).await {
        Err(error) if is_forbidden(&error) || !error.is_transient() => {
            return Err(OpenError::of_migration(error));
        }
        // Another process was quicker, or in the way.
        Ok(_) | Err(_) => {}
    }
    read_holder(driver).await.map_err(OpenError::url)
}

async fn read_holder(driver: &impl Driver) -> Result<Option<(String, String)>, RepositoryError> {
    let statement = Statement { text: READ_HOLDER, columns: 2, arguments: Vec::new() };
    driver
        .fetch(statement, |rows| {
            let Some(row) = rows.first() else {
                return Ok(None);
            };
            let column = |place| {
                let text = row.text(Column(place, "elsewhere_migrating"))?;
                Ok::<_, RepositoryError>(text.unwrap_or_default().to_owned())
            };
            Ok(Some((column(0)?, column(1)?)))
        })
        .await
}

async fn write(
    driver: &impl Driver,
    text: &'static str,
    arguments: &[&str],
) -> Result<u64, RepositoryError> {
    let arguments = arguments.iter().map(|text| Argument::Text(Cow::Borrowed(*text))).collect();
    let written = driver.execute(vec![Statement { text, columns: 0, arguments }.into()]).await?;
    Ok(written.rows.into_iter().sum())
}
