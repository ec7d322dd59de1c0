//! A call with its timeout and its retries.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::database::error_class::ErrorClass;

/// Timeout of a call, including its wait for a connection. Most requests make one call, and are
/// answered in less than 3 s. The timeout is applied around the call, because no server's own
/// timeout fires while a commit waits for other servers to take it.
const CALL_TIMEOUT: Duration = Duration::from_millis(2800);
/// Maximum number of attempts of a call.
const MAX_TRIES: u32 = 5;
/// Upper bound of the random delay before a retry after contention. It is multiplied by the
/// number of attempts so far.
const RETRY_DELAY_MS: u32 = 10;

pub(super) struct Call {
    pub deadline: Instant,
    /// True if an attempt ended without a response, and may have done all its work.
    pub was_cut_off: bool,
    tries: u32,
}

impl Call {
    pub(super) fn begin() -> Self {
        Self { deadline: Instant::now() + CALL_TIMEOUT, was_cut_off: false, tries: 0 }
    }

    /// True if another attempt is worthwhile. Returns when that attempt is due.
    pub(super) async fn another_try(&mut self, class: ErrorClass) -> bool {
        self.tries += 1;
        if !class.is_retryable() || self.tries >= MAX_TRIES {
            return false;
        }
        if let ErrorClass::Contention(_) = class {
            let pause = rand::random_range(0..=RETRY_DELAY_MS * self.tries);
            sleep(Duration::from_millis(pause.into())).await;
        }
        Instant::now() < self.deadline
    }
}
