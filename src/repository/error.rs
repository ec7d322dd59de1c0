//! Results of operations, and the errors that callers have to tell apart.

use futures_util::future::BoxFuture;

/// The reason why an operation failed. Clients learn which of these it was; the log has all
/// of it.
#[derive(Debug, thiserror::Error)]
pub enum RepositoryError {
    /// The database does not answer, or not in time. The same call may succeed later.
    #[error("the database is unavailable: {0}")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// A resource with this unique value already exists.
    #[error("already exists: {0}")]
    Conflict(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The database does not accept a value.
    #[error("value not accepted by the database: {0}")]
    Rejected(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The settings, or the rights of the database's user, do not allow it. The text tells
    /// the client the reason.
    #[error("not allowed: {0}")]
    NotAllowed(String),
    /// The database holds, or responds with, something that it should not.
    #[error("unexpected response from the database: {0}")]
    Unexpected(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl RepositoryError {
    /// True if another call may succeed, at once or later.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Unavailable(_) | Self::Conflict(_))
    }
}

/// The future result of an operation.
pub type Answer<'a, T> = BoxFuture<'a, Result<T, RepositoryError>>;
