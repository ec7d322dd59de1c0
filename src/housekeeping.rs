//! What is done in the background, in the service's own database only.

use std::convert::Infallible;
use std::time::Duration;

use tokio::time::{MissedTickBehavior, interval, sleep};

use crate::clock::Clock;
use crate::repository::{EXPIRED_AT_ONCE, SessionRepository};

const EVERY: Duration = Duration::from_mins(1);
/// Between two batches, so that the writes of others get their turn.
const PAUSE: Duration = Duration::from_millis(20);

/// Once a minute marks expired sessions as ended, so that lists pass over them
/// as they pass over revoked ones: without a look at each. Harmless if stopped
/// anywhere, or done by several copies at once, as long as their clocks agree.
pub async fn run(repository: &dyn SessionRepository, clock: &Clock) -> Infallible {
    let mut minutes = interval(EVERY);
    minutes.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        minutes.tick().await;
        loop {
            match repository.end_expired(clock.now()).await {
                Ok(EXPIRED_AT_ONCE) => sleep(PAUSE).await,
                Ok(_) => break,
                Err(error) => {
                    tracing::warn!(%error, "expired sessions could not be marked; in a minute again");
                    break;
                }
            }
        }
    }
}
