//! One process migrates at a time, on any server and any node of a cluster.
//!
//! Servers' own locks do not do: they hold on one node of a cluster only, and
//! some of what speaks PostgreSQL's protocol grants them to everyone. So a turn
//! is a row of a table, which there can be only once. Its holder changes it
//! every second; a row that stays the same belongs to a process that died.
//! No clocks are compared.

use std::borrow::Cow;
use std::time::Duration;

use tokio::time::{Instant, sleep};
use uuid::Uuid;

use super::super::driver::{Argument, Column, Driver, Row as _, Statement};
use super::super::error::OpenError;
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

const EVERY: Duration = Duration::from_secs(1);
const PAUSE: Duration = Duration::from_millis(100);
/// So long without a change, and the holder is dead.
const DEAD: Duration = Duration::from_secs(15);

/// Does `work` when it is this process's turn, however long others take.
pub(in super::super) async fn take<D: Driver>(
    driver: &D,
    work: impl Future<Output = Result<(), OpenError>>,
) -> Result<(), OpenError> {
    let holder = Uuid::new_v4().to_string();
    wait(driver, &holder).await?;
    let done = tokio::select! {
        done = work => done,
        error = beat(driver, &holder) => Err(error),
    };
    // Not given back, it is taken away from the dead.
    let _ = write(driver, GIVE_BACK, &[&holder]).await;
    done
}

async fn wait(driver: &impl Driver, holder: &str) -> Result<(), OpenError> {
    let mut seen = (None, Instant::now());
    loop {
        // Several at once may well be refused; what counts is what there is after that.
        let made = write(driver, TABLE, &[]).await;
        let taken = write(driver, TAKE, &[holder, "taken"]).await;
        let current = match look(driver).await {
            Ok(current) => current,
            // Without a table it is the making of it that failed.
            Err(error) => return Err(OpenError::url(made.err().unwrap_or(error))),
        };
        match (current, taken) {
            (Some((present, _)), _) if present == holder => return Ok(()),
            (None, Err(error @ RepositoryError::Unexpected(_))) => {
                return Err(OpenError::url(error));
            }
            // Given back just now, or another one was quicker.
            (None, _) => {}
            (Some(other), _) if seen.0.as_ref() == Some(&other) => {
                if seen.1.elapsed() > DEAD {
                    let _ = write(driver, TAKE_AWAY, &[&other.0, &other.1]).await;
                }
            }
            (changed, _) => seen = (changed, Instant::now()),
        }
        sleep(PAUSE).await;
    }
}

/// Shows that the holder lives, until it was taken for dead all the same.
async fn beat(driver: &impl Driver, holder: &str) -> OpenError {
    loop {
        sleep(EVERY).await;
        if let Ok(0) = write(driver, BEAT, &[holder, &Uuid::new_v4().to_string()]).await {
            return OpenError::url("another process took this one for dead while it migrated");
        }
    }
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
