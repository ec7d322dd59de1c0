//! Logs when calls begin to fail because of the database, and when they succeed again.

use std::sync::atomic::{AtomicBool, Ordering};

use deadpool::Status;

use crate::database::driver_error::DriverError;

/// Each failed call logs its error with its request. This logs an outage once: when it begins,
/// with the state of the pool, and when it ends.
#[derive(Default)]
pub(super) struct Outage(AtomicBool);

impl Outage {
    pub(super) fn begin(&self, error: &sqlx::Error, pool: &Status) {
        if !self.0.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                error = %DriverError::described(error),
                connections = pool.size,
                idle = pool.available,
                pending_acquires = pool.waiting,
                "database calls are failing"
            );
        }
    }

    pub(super) fn end(&self) {
        // Loaded first, because every call does this and almost none ends an outage.
        if self.0.load(Ordering::Relaxed) && self.0.swap(false, Ordering::Relaxed) {
            tracing::info!("database calls succeed again");
        }
    }
}
