//! One call, which may take several tries.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::database::error_class::ErrorClass;

/// How long a call may take in all, the wait for a connection included. Most
/// requests make one, and are answered in less than 3 s. The limit is around the
/// call, as no server's own fires while a commit waits for others to take it.
const CALL_TIMEOUT: Duration = Duration::from_millis(2800);
/// How often a call is tried.
const MAX_TRIES: u32 = 5;
/// How long those that are in each other's way wait before they try again: up to
/// this, by chance, and longer from one time to the next.
const RETRY_DELAY_MS: u32 = 10;

pub(super) struct Call {
    pub deadline: Instant,
    /// Whether a try ended without an answer, and may have done all it was to do.
    pub was_cut_off: bool,
    tries: u32,
}

impl Call {
    pub(super) fn begin() -> Self {
        Self { deadline: Instant::now() + CALL_TIMEOUT, was_cut_off: false, tries: 0 }
    }

    /// Whether the call is worth another try, which is then due.
    pub(super) async fn another_try(&mut self, failure: ErrorClass) -> bool {
        self.tries += 1;
        if !failure.is_retryable() || self.tries >= MAX_TRIES {
            return false;
        }
        if let ErrorClass::Contention(_) = failure {
            let pause = rand::random_range(0..=RETRY_DELAY_MS * self.tries);
            sleep(Duration::from_millis(pause.into())).await;
        }
        Instant::now() < self.deadline
    }
}
