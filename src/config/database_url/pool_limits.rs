//! The limits of the connection pool that a database URL may state, as Kratos's URLs do.

use std::time::Duration;

use crate::config::duration;

/// The largest number of connections that may be configured.
pub const MAX_CONNECTIONS: u32 = 10_000;

/// The stated limits. `None`: the default.
#[derive(Debug, Clone, Copy, Default)]
pub struct PoolLimits {
    pub max_connections: Option<u32>,
    pub max_lifetime: Option<Duration>,
    pub max_idle_time: Option<Duration>,
}

#[derive(Debug, Clone, Copy)]
pub(super) enum PoolLimit {
    Connections,
    Lifetime,
    IdleTime,
}

impl PoolLimits {
    /// Sets a limit to a valid value.
    pub(super) fn set(&mut self, limit: PoolLimit, value: &str) {
        // In Go, zero means that connections are kept for any time. They need not be.
        let time = || duration::parse(value).filter(|time| !time.is_zero());
        match limit {
            PoolLimit::Connections => self.max_connections = value.parse().ok(),
            PoolLimit::Lifetime => self.max_lifetime = time(),
            PoolLimit::IdleTime => self.max_idle_time = time(),
        }
    }
}
