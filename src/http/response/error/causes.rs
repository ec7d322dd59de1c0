//! Errors of the other layers, and panics, as API errors.

use std::any::Any;

use axum::response::{IntoResponse as _, Response};

use crate::http::response::error::{ApiError, NOT_ALLOWED};
use crate::logging;
use crate::repository::RepositoryError;
use crate::service::{EventsError, OperatorError};
use crate::tokenizer::TokenizerError;

impl From<OperatorError> for ApiError {
    fn from(error: OperatorError) -> Self {
        match error {
            OperatorError::NotFound => Self::no_such_resource(),
            OperatorError::Unreadable => Self::conflict("The session cannot be read."),
            OperatorError::HasEnded => Self::conflict("The session has ended."),
            OperatorError::LimitReached => Self::conflict(
                "The identity has as many active sessions as session.max_per_identity allows.",
            ),
            OperatorError::IdentityInactive => Self::conflict("The identity is inactive."),
            OperatorError::DeactivatesIdentity => Self::bad_request(
                "The body is invalid at 'identity.state': an inactive identity cannot have \
                 sessions.",
            ),
            OperatorError::BesideKratos => Self::conflict(
                "In Kratos's database, only Kratos issues sessions and manages identities.",
            ),
            OperatorError::Repository(error) => error.into(),
        }
    }
}

impl From<EventsError> for ApiError {
    fn from(error: EventsError) -> Self {
        match error {
            EventsError::Off => Self::conflict("events.enabled is false."),
            EventsError::Pruned { oldest } => Self::gone(
                "Events after this position were deleted. Read the current sessions, and continue \
                 after 'details.oldest'.",
                oldest,
            ),
            EventsError::UnknownPosition => Self::bad_parameter("after", "is no event of this log"),
            EventsError::Repository(error) => error.into(),
        }
    }
}

impl From<RepositoryError> for ApiError {
    fn from(error: RepositoryError) -> Self {
        let cause = error.to_string();
        match error {
            RepositoryError::Unavailable(_) => Self::unavailable(cause),
            RepositoryError::Conflict(_) => {
                Self::conflict("A resource with this unique value already exists.")
            }
            RepositoryError::Rejected(_) => {
                Self::bad_request("The request contains a value that the database does not accept.")
            }
            RepositoryError::NotAllowed(reason) => {
                Self { id: Some(NOT_ALLOWED), ..Self::forbidden(reason) }
            }
            RepositoryError::Unexpected(_) => Self::internal(cause),
        }
    }
}

impl From<TokenizerError> for ApiError {
    fn from(error: TokenizerError) -> Self {
        let text = error.to_string();
        match error {
            TokenizerError::UnknownTemplate(_)
            | TokenizerError::NoExternalId
            | TokenizerError::MapperFailed => Self::bad_request(text),
            TokenizerError::MapperUnavailable(_) => Self::unavailable(text),
            TokenizerError::Signature => Self::internal(text),
        }
    }
}

/// Converts a panic, which is a bug, into a response for the client.
#[expect(clippy::needless_pass_by_value, reason = "the signature that tower-http requires")]
pub(in crate::http) fn from_panic(panic: Box<dyn Any + Send>) -> Response {
    let text = logging::panic_text(&*panic);
    ApiError::internal(format!("panic: {text}")).into_response()
}
