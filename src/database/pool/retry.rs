//! Timeout and retries of a call.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::database::error_class::ErrorClass;

/// Timeout of a call, including its wait for a connection. Most requests make one call, and are
/// answered in less than 3 s. The timeout is applied around the call, because no server's own
/// timeout fires while a commit waits for other servers to take it.
const CALL_TIMEOUT: Duration = Duration::from_millis(2800);
const MAX_ATTEMPTS: u32 = 5;
/// Upper bound of the random delay before a retry after contention. It is multiplied by the
/// number of failed attempts.
const RETRY_DELAY_MS: u32 = 10;

/// The attempts of one call.
pub(super) struct Attempts {
    pub deadline: Instant,
    /// True if an attempt ended without a response, and may have done all its work.
    pub was_cut_off: bool,
    failed: u32,
}

impl Attempts {
    pub(super) fn begin() -> Self {
        Self { deadline: Instant::now() + CALL_TIMEOUT, was_cut_off: false, failed: 0 }
    }

    /// Counts a failed attempt. True if another one is worthwhile. Returns when it is due.
    pub(super) async fn may_retry(&mut self, class: ErrorClass) -> bool {
        self.failed += 1;
        if !class.is_retryable() || self.failed >= MAX_ATTEMPTS {
            return false;
        }
        if let ErrorClass::Contention(_) = class {
            let pause = rand::random_range(0..=RETRY_DELAY_MS * self.failed);
            sleep(Duration::from_millis(pause.into())).await;
        }
        Instant::now() < self.deadline
    }
}
