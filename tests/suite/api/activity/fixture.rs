//! Helpers of these tests.

use elsewhere::repository::{NewSession, SessionRepository};
use time::OffsetDateTime;
use tokio::runtime::Runtime;
use uuid::Uuid;

use crate::support::wait::BlockOnInTime as _;

pub const EXPAND: &str = "expand=activity";

pub fn token(issued: &NewSession) -> &str {
    issued.token.expose()
}

/// The last activity of some sessions, as read by a repository.
pub fn last_activity(
    repository: &dyn SessionRepository,
    sessions: &[Uuid],
) -> Vec<Option<OffsetDateTime>> {
    let last_activity =
        Runtime::new().unwrap().block_on_in_time(repository.last_activity(sessions)).unwrap();
    sessions.iter().map(|session| last_activity.get(session).copied()).collect()
}
