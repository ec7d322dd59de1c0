//! Whether calls fail because of the server, told in the log when that changes.

use std::sync::atomic::{AtomicBool, Ordering};

use deadpool::Status;

use crate::database::driver_error::DriverError;

/// What each call that fails logs with its request, this tells once: since when,
/// until when, and how the pool stood.
#[derive(Default)]
pub(super) struct Outage(AtomicBool);

impl Outage {
    pub(super) fn is_seen(&self, error: &sqlx::Error, pool: &Status) {
        if !self.0.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                error = %DriverError::described(error),
                connections = pool.size,
                idle = pool.available,
                waiting = pool.waiting,
                "the database does not serve all calls"
            );
        }
    }

    pub(super) fn is_over(&self) {
        // Read first, as every call does this and hardly any has something to tell.
        if self.0.load(Ordering::Relaxed) && self.0.swap(false, Ordering::Relaxed) {
            tracing::info!("the database serves calls again");
        }
    }
}
