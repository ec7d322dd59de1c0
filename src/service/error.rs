//! Errors of the use cases.

use crate::authentication::Refusal;
use crate::repository::RepositoryError;

/// The reason why a person's request failed. It has no conversion into a response: that one
/// depends on the credential of the request.
#[derive(Debug, thiserror::Error)]
pub enum CallerError {
    /// No session has this token.
    #[error("no session has this token")]
    UnknownCredential,
    #[error("refused: {0:?}")]
    Refused(Refusal),
    /// The current session is not one of the others.
    #[error("cannot revoke current session")]
    CurrentSession,
    /// In a Kratos's database, only Kratos does this.
    #[error("only Kratos does this in its database")]
    BesideKratos,
    #[error(transparent)]
    Repository(#[from] RepositoryError),
}

/// The reason why an operator's request failed.
#[derive(Debug, thiserror::Error)]
pub enum OperatorError {
    #[error("there is no such session or identity")]
    NotFound,
    /// The session's row violates the rules of its table.
    #[error("the session cannot be read")]
    Unreadable,
    #[error("the session has ended")]
    HasEnded,
    #[error("the identity is inactive")]
    IdentityInactive,
    #[error("the identity has as many sessions as it may have")]
    LimitReached,
    /// The sign-in itself would deactivate the identity.
    #[error("an inactive identity cannot have sessions")]
    DeactivatesIdentity,
    /// In a Kratos's database, only Kratos does this.
    #[error("only Kratos issues sessions and manages identities in its database")]
    BesideKratos,
    #[error(transparent)]
    Repository(#[from] RepositoryError),
}
