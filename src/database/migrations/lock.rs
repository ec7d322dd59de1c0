//! One process migrates at a time, on any server and any node of a cluster.
//!
//! Servers' own locks do not do: they hold on one node of a cluster only, and
//! some of what speaks PostgreSQL's protocol grants them to everyone. So a turn
//! is a row of a table, which there can be only once. Its holder changes it
//! twice a second; a row that stays the same belongs to a process that died, and is taken
//! away. No clocks are compared.
//!
//! A holder that was only paused, or cut off, must not go on where another has begun. It
//! writes DDL on one connection, each time behind a fence: in the transaction of a version,
//! it first locks its row, which it must still have, and which nobody takes away while it
//! is locked. A server closes that connection when nothing comes for 2 s (the
//! drivers' [`crate::database::migrations::Runner`]s say so): a holder that is paused behind its fence loses the lock and the connection with it.
//! Where a row's lock holds on one node only (Galera), locking it is also a sign of life, so
//! that nobody takes the row away in less than [`LEASE`], which is longer.

use std::borrow::Cow;
use std::time::Duration;

use tokio::time::{Instant, sleep};
use uuid::Uuid;

use crate::database::driver::{Argument, Column, Driver, Row as _, Statement};
use crate::database::error::OpenError;
use crate::database::migrations::run::Stopped;
use crate::repository::RepositoryError;

const TABLE: &str = "
CREATE TABLE IF NOT EXISTS elsewhere_migrating (
    turn INT NOT NULL PRIMARY KEY,
    holder VARCHAR(36) NOT NULL,
    beat VARCHAR(36) NOT NULL
)";
const TAKE: &str = "
INSERT INTO elsewhere_migrating (turn, holder, beat)
SELECT 1, $1, $2
FROM (SELECT COUNT(*) AS holders FROM elsewhere_migrating) t
WHERE t.holders = 0";
const LOOK: &str = "SELECT holder, beat FROM elsewhere_migrating WHERE turn = 1";
const BEAT: &str = "UPDATE elsewhere_migrating SET beat = $2 WHERE holder = $1";
const GIVE_BACK: &str = "DELETE FROM elsewhere_migrating WHERE holder = $1";
const TAKE_AWAY: &str = "DELETE FROM elsewhere_migrating WHERE holder = $1 AND beat = $2";

const BEAT_INTERVAL: Duration = Duration::from_millis(500);
const POLL_INTERVAL: Duration = Duration::from_millis(100);
/// So long without a change, and the holder is dead.
const LEASE: Duration = Duration::from_secs(5);
/// What counts of the time between two looks: when the database did not answer for long,
/// the holder could not write either.
const MAX_COUNTED: Duration = Duration::from_millis(500);

/// The right to migrate, until another process takes it away.
pub(super) struct Turn(String);

/// A holder that does not seem to live.
struct Watched {
    holder: String,
    beat: String,
    last_look: Instant,
    unchanged_for: Duration,
}

impl Turn {
    /// Waits until it is this process's turn, however long others take.
    pub(super) async fn wait(driver: &impl Driver) -> Result<Self, OpenError> {
        let holder = Uuid::new_v4().to_string();
        let mut watched: Option<Watched> = None;
        loop {
            let Some((present, beat)) = find_or_take(driver, &holder).await? else {
                // Given back just now, or another one was quicker.
                sleep(POLL_INTERVAL).await;
                continue;
            };
            if present == holder {
                return Ok(Self(holder));
            }
            let now = Instant::now();
            let seen = watched.take().filter(|seen| seen.holder == present && seen.beat == beat);
            let unchanged_for = seen.map_or(Duration::ZERO, |seen| {
                seen.unchanged_for + MAX_COUNTED.min(now.duration_since(seen.last_look))
            });
            if unchanged_for > LEASE {
                let _ = write(driver, TAKE_AWAY, &[&present, &beat]).await;
            } else {
                watched = Some(Watched { holder: present, beat, last_look: now, unchanged_for });
                sleep(POLL_INTERVAL).await;
            }
        }
    }

    pub(super) fn holder(&self) -> &str {
        &self.0
    }

    /// Does `work` while the turn is this process's, and gives it back.
    pub(super) async fn keep_during(
        &self,
        driver: &impl Driver,
        work: impl Future<Output = Result<(), Stopped>>,
    ) -> Result<(), Stopped> {
        let done = tokio::select! {
            done = work => done,
            lost = self.show_life(driver) => Err(lost),
        };
        // Not given back, it is taken away from the dead.
        let _ = write(driver, GIVE_BACK, &[&self.0]).await;
        done
    }

    /// Ends when the turn was taken away.
    async fn show_life(&self, driver: &impl Driver) -> Stopped {
        loop {
            sleep(BEAT_INTERVAL).await;
            if let Ok(0) = write(driver, BEAT, &[&self.0, &Uuid::new_v4().to_string()]).await {
                return Stopped::Lost("another process took this one for dead".to_owned());
            }
        }
    }
}

/// Whose turn it is: this process's, if it was nobody's.
async fn find_or_take(
    driver: &impl Driver,
    holder: &str,
) -> Result<Option<(String, String)>, OpenError> {
    match look(driver).await {
        Ok(Some(present)) => return Ok(Some(present)),
        Ok(None) => {}
        // Several at once may well be refused; what counts is what there is after that.
        Err(_) => {
            let made = write(driver, TABLE, &[]).await;
            if let Err(error) = look(driver).await {
                return Err(OpenError::of_migration(made.err().unwrap_or(error)));
            }
        }
    }
    match write(driver, TAKE, &[holder, "taken"]).await {
        Err(error) if !error.is_transient() => return Err(OpenError::of_migration(error)),
        // Another one was quicker, or in the way.
        Ok(_) | Err(_) => {}
    }
    look(driver).await.map_err(OpenError::url)
}

async fn look(driver: &impl Driver) -> Result<Option<(String, String)>, RepositoryError> {
    let statement = Statement { text: LOOK, columns: 2, arguments: Vec::new() };
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
    let written = driver.execute(vec![Statement { text, columns: 0, arguments }]).await?;
    Ok(written.rows.into_iter().sum())
}
