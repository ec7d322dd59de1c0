//! How many wrong credentials each client has shown lately.
//!
//! Nobody guesses a token of 32 random characters; what tries all the same is told
//! to wait, and its operator sees it.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use quick_cache::unsync::Cache;

use crate::client_ip::Client;
use crate::http::extract::client_address::ClientAddress;
use crate::http::response::error::ApiError;

/// Of how many clients at most something is remembered: of those that come most often.
const MAX_CLIENTS: usize = 65_536;
const MINUTE: Duration = Duration::from_mins(1);

/// Counts by the generic cell rate algorithm (ITU-T I.371): one instant a client, by
/// which all that was shown would have been shown at the steady rate.
pub(in crate::http) struct RateLimiter {
    /// Between two failures at the steady rate; `None` where any number may be shown.
    every: Option<Duration>,
    until: Mutex<Cache<Client, Instant>>,
}

impl RateLimiter {
    pub(in crate::http) fn new(per_minute: u32) -> Self {
        Self { every: MINUTE.checked_div(per_minute), until: Mutex::new(Cache::new(MAX_CLIENTS)) }
    }

    /// Counts another failure; gives an error where there were too many, which is
    /// then the answer.
    pub(in crate::http) fn another(&self, from: ClientAddress) -> Option<ApiError> {
        self.counted(Client::of(from.0?), Instant::now()).map(|wait| {
            let seconds = wait.as_millis().div_ceil(1000);
            ApiError::too_many_failures(u32::try_from(seconds).unwrap_or(u32::MAX))
        })
    }

    /// How long the client has to wait, if it has to.
    fn counted(&self, client: Client, now: Instant) -> Option<Duration> {
        let every = self.every?;
        let mut until = self.until.lock().unwrap_or_else(PoisonError::into_inner);
        let next = until.get(&client).map_or(now, |until| now.max(*until)) + every;
        let ahead = next.duration_since(now);
        let wait = ahead.saturating_sub(MINUTE);
        if !wait.is_zero() {
            return Some(wait);
        }
        until.insert(client, next);
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_at_once_as_in_a_minute_and_then_one_by_one() {
        let failures = RateLimiter::new(6);
        let (client, other) = ([1, 2, 3, 4], [1, 2, 3, 5]);
        let [client, other] = [client, other].map(|address| Client::of(address.into()));
        let now = Instant::now();
        for _ in 0..6 {
            assert_eq!(failures.counted(client, now), None);
        }
        assert_eq!(failures.counted(client, now), Some(Duration::from_secs(10)));
        assert_eq!(failures.counted(other, now), None);
        let later = now + Duration::from_secs(10);
        assert_eq!(failures.counted(client, later), None);
        assert_eq!(failures.counted(client, later), Some(Duration::from_secs(10)));
        assert_eq!(RateLimiter::new(0).counted(client, now), None);
    }
}
