//! The number of live sessions that an identity may have.

use std::num::NonZeroU32;

use serde::Deserialize;

/// The maximum number of live sessions, and the consequence of a sign-in beyond it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionLimit {
    pub max: NonZeroU32,
    pub policy: LimitPolicy,
}

/// The consequence of a sign-in beyond the limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LimitPolicy {
    /// The sessions that were issued first end.
    EvictOldest,
    /// The sessions that were not used for the longest time end. A use counts once it is recorded.
    EvictLeastRecent,
    /// No session is issued.
    Refuse,
}
