//! A rate limit on wrong credentials, for each client.
//!
//! A session token has at least 32 random characters and cannot be guessed. The limit slows down
//! clients that try anyway, and makes them visible to the operator.

use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use quick_cache::unsync::Cache;

use crate::client_ip::Client;

/// The maximum number of clients that are tracked. The most frequent ones are kept.
const MAX_CLIENTS: usize = 65_536;
const MINUTE: Duration = Duration::from_mins(1);

/// Counts failures by the generic cell rate algorithm (ITU-T I.371). It keeps one instant for
/// each client: the time by which all failures of the client would have occurred at the steady
/// rate.
pub(in crate::http) struct RateLimiter {
    /// The interval between two failures at the steady rate. `None` if there is no limit.
    interval: Option<Duration>,
    arrivals: Mutex<Cache<Client, Instant>>,
}

impl RateLimiter {
    pub(in crate::http) fn new(per_minute: u32) -> Self {
        Self {
            interval: MINUTE.checked_div(per_minute),
            arrivals: Mutex::new(Cache::new(MAX_CLIENTS)),
        }
    }

    /// Counts a failure. Returns the seconds that the client has to wait, if it exceeds the limit.
    pub(in crate::http) fn count_failure(&self, address: Option<IpAddr>) -> Option<u32> {
        self.count(Client::of(address?), Instant::now()).map(|wait| {
            let seconds = wait.as_millis().div_ceil(1000);
            u32::try_from(seconds).unwrap_or(u32::MAX)
        })
    }

    /// Counts a failure. Returns how long the client has to wait, if it exceeds the limit.
    fn count(&self, client: Client, now: Instant) -> Option<Duration> {
        let interval = self.interval?;
        let mut arrivals = self.arrivals.lock().unwrap_or_else(PoisonError::into_inner);
        let next = arrivals.get(&client).map_or(now, |arrival| now.max(*arrival)) + interval;
        let ahead = next.duration_since(now);
        let wait = ahead.saturating_sub(MINUTE);
        if !wait.is_zero() {
            return Some(wait);
        }
        arrivals.insert(client, next);
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
            assert_eq!(failures.count(client, now), None);
        }
        assert_eq!(failures.count(client, now), Some(Duration::from_secs(10)));
        assert_eq!(failures.count(other, now), None);
        let later = now + Duration::from_secs(10);
        assert_eq!(failures.count(client, later), None);
        assert_eq!(failures.count(client, later), Some(Duration::from_secs(10)));
        assert_eq!(RateLimiter::new(0).count(client, now), None);
    }
}
