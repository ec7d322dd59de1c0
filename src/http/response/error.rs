//! API errors: the status, the texts for the client, and the cause for the log.

pub(in crate::http) mod causes;
pub(in crate::http) mod envelope;

use std::borrow::Cow;
use std::sync::Arc;

use axum::http::{HeaderName, HeaderValue, StatusCode};
use tracing::Level;

use crate::authentication::Refusal;
use crate::config::BaseUrl;
use crate::event::EventId;

/// The header with the id of an error, for errors that have one.
pub(in crate::http) const ERROR_ID: HeaderName = HeaderName::from_static("ory-error-id");
pub(in crate::http) const SECOND_FACTOR_REQUIRED: &str = "session_aal2_required";
pub(in crate::http) const SESSION_BOUND: &str = "session_bound";
const SESSION_NOT_BOUND: &str = "session_not_bound";
/// The settings, or the rights of the database's user, do not allow the request.
pub(in crate::http) const NOT_ALLOWED: &str = "not_allowed";
const MALFORMED: &str = "The request was malformed or contained invalid parameters";

/// An error response. The cause is for the log only, and all other fields are for the client.
#[derive(Debug)]
pub(in crate::http) struct ApiError {
    status: StatusCode,
    id: Option<&'static str>,
    message: &'static str,
    reason: Option<Cow<'static, str>>,
    details: Option<Details>,
    lacks_credential: bool,
    /// In seconds.
    retry_after: Option<u32>,
    cause: Option<Cause>,
}

/// Data with which a client can go on.
#[derive(Debug)]
enum Details {
    /// The URL at which people provide a second factor.
    RedirectBrowserTo(String),
    /// The position after which there are events.
    Oldest(EventId),
    /// The value of a `Secure-Session-Challenge` header.
    Challenge(Box<HeaderValue>),
}

/// The cause of a 5xx. As an extension of the response, it reaches the log line of the request.
#[derive(Debug, Clone)]
pub(in crate::http) struct Cause {
    pub text: Arc<str>,
    /// `ERROR` if an operator has to act now.
    pub level: Level,
}

/// A limit on concurrent requests or on their responses that is exceeded.
#[derive(Debug, Clone, Copy)]
pub(in crate::http) enum Overload {
    /// An operator may have to raise the limit, or to add a replica.
    Replica(&'static str),
    /// The share of one client, who has to slow down.
    Client(&'static str),
}

impl ApiError {
    fn new(status: StatusCode, message: &'static str) -> Self {
        Self {
            status,
            id: None,
            message,
            reason: None,
            details: None,
            lacks_credential: false,
            retry_after: None,
            cause: None,
        }
    }

    /// No credential of the request belongs to a live session. The response does not reveal the
    /// exact reason.
    pub(in crate::http) fn unauthorized() -> Self {
        Self::unauthorized_because("No valid session cookie found.")
    }

    /// The request presents no credential at all.
    pub(in crate::http) fn no_credential() -> Self {
        Self { lacks_credential: true, ..Self::unauthorized() }
    }

    /// True if the request presents no credential at all.
    pub(in crate::http) fn lacks_credential(&self) -> bool {
        self.lacks_credential
    }

    pub(in crate::http) fn unauthorized_because(reason: &'static str) -> Self {
        Self {
            reason: Some(Cow::Borrowed(reason)),
            ..Self::new(StatusCode::UNAUTHORIZED, "The request could not be authorized")
        }
    }

    /// Replaces the reason if this error is 401 without an id.
    pub(in crate::http) fn if_unauthorized(mut self, reason: &'static str) -> Self {
        if self.status == StatusCode::UNAUTHORIZED && self.id.is_none() {
            self.reason = Some(Cow::Borrowed(reason));
        }
        self
    }

    /// Becomes 403 with this reason if this error is 401.
    pub(in crate::http) fn forbidden_if_unauthorized(self, reason: &'static str) -> Self {
        if self.status == StatusCode::UNAUTHORIZED { Self::forbidden(reason) } else { self }
    }

    /// The client has sent too many wrong credentials.
    pub(in crate::http) fn too_many_failures(seconds: u32) -> Self {
        Self {
            reason: Some(Cow::Borrowed("Too many wrong credentials came from this address.")),
            retry_after: Some(seconds),
            ..Self::new(StatusCode::TOO_MANY_REQUESTS, "Please try again later")
        }
    }

    pub(in crate::http) fn overloaded(overload: Overload) -> Self {
        match overload {
            Overload::Replica(cause) => Self::unavailable_at(Level::WARN, cause),
            Overload::Client(cause) => Self::unavailable_at(Level::INFO, cause),
        }
    }

    /// This replica is stopping, as it was asked to.
    pub(in crate::http) fn stopping() -> Self {
        Self::unavailable_at(Level::DEBUG, "the service is stopping")
    }

    /// A parameter is invalid.
    pub(in crate::http) fn bad_parameter(name: &str, problem: &str) -> Self {
        Self::bad_request(format!("The parameter '{name}' {problem}."))
    }

    pub(in crate::http) fn bad_request(reason: impl Into<Cow<'static, str>>) -> Self {
        Self { reason: Some(reason.into()), ..Self::new(StatusCode::BAD_REQUEST, MALFORMED) }
    }

    /// The request is well-formed but not allowed in this case.
    pub(in crate::http) fn bad_request_saying(message: &'static str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, message)
    }

    pub(in crate::http) fn forbidden(reason: impl Into<Cow<'static, str>>) -> Self {
        Self {
            reason: Some(reason.into()),
            ..Self::new(StatusCode::FORBIDDEN, "The requested action was forbidden")
        }
    }

    /// The position from which the request continues was deleted.
    pub(in crate::http) fn gone(reason: &'static str, oldest: EventId) -> Self {
        Self {
            reason: Some(Cow::Borrowed(reason)),
            details: Some(Details::Oldest(oldest)),
            ..Self::new(StatusCode::GONE, "The requested resource is no longer available")
        }
    }

    pub(in crate::http) fn conflict(reason: &'static str) -> Self {
        Self {
            reason: Some(Cow::Borrowed(reason)),
            ..Self::new(StatusCode::CONFLICT, "The request conflicts with the current state")
        }
    }

    /// The resource in the path does not exist.
    pub(in crate::http) fn no_such_resource() -> Self {
        Self::new(StatusCode::NOT_FOUND, "Unable to locate the resource")
    }

    pub(in crate::http) fn too_large(max_bytes: u32) -> Self {
        let reason = format!("The body must not be larger than {max_bytes} bytes.");
        Self {
            reason: Some(Cow::Owned(reason)),
            ..Self::new(StatusCode::PAYLOAD_TOO_LARGE, MALFORMED)
        }
    }

    pub(in crate::http) fn request_timeout() -> Self {
        Self::new(StatusCode::REQUEST_TIMEOUT, "The body was not received in time")
    }

    pub(in crate::http) fn unsupported_media_type() -> Self {
        Self {
            reason: Some(Cow::Borrowed("The body must be application/json.")),
            ..Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, MALFORMED)
        }
    }

    pub(in crate::http) fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "The requested resource could not be found")
    }

    pub(in crate::http) fn not_found_because(reason: &'static str) -> Self {
        Self { reason: Some(Cow::Borrowed(reason)), ..Self::not_found() }
    }

    /// In a Kratos's database, only Kratos does this.
    pub(in crate::http) fn left_to_kratos() -> Self {
        Self::not_found_because("Kratos does this for its own sessions: route /self-service to it.")
    }

    pub(in crate::http) fn method_not_allowed() -> Self {
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "This method is not allowed here")
    }

    pub(in crate::http) fn refused(refusal: Refusal, base_url: &BaseUrl) -> Self {
        match refusal {
            Refusal::Ended | Refusal::IdentityInactive => Self::unauthorized(),
            Refusal::NotProven { .. } => Self {
                id: Some(SESSION_BOUND),
                ..Self::unauthorized_because(
                    "The session is bound to a device, and this request does not prove to come \
                     from it.",
                )
            },
            Refusal::NotBound => Self {
                id: Some(SESSION_NOT_BOUND),
                ..Self::unauthorized_because(
                    "The session had to be bound to a device, and was not in time.",
                )
            },
            Refusal::SecondFactorRequired => Self {
                id: Some(SECOND_FACTOR_REQUIRED),
                reason: Some(Cow::Borrowed(
                    "An active session was found but it does not fulfill the requested \
                     Authenticator Assurance Level. Please verify yourself with a second factor \
                     to resolve this issue.",
                )),
                details: Some(Details::RedirectBrowserTo(
                    base_url.at("self-service/login/browser?aal=aal2"),
                )),
                ..Self::new(
                    StatusCode::FORBIDDEN,
                    "Session does not fulfill the requested Authenticator Assurance Level",
                )
            },
        }
    }

    /// Asks the browser to prove that it has the key of its session.
    pub(in crate::http) fn with_binding_challenge(self, challenge: Option<HeaderValue>) -> Self {
        Self { details: challenge.map(|challenge| Details::Challenge(Box::new(challenge))), ..self }
    }

    /// The request takes too long. A write may have happened or not.
    pub(in crate::http) fn response_timeout() -> Self {
        Self::unavailable("limits.request_timeout exceeded")
    }

    /// The readiness check failed. Any database error counts, because clients had better send
    /// their requests to another replica.
    pub(in crate::http) fn not_ready(cause: Arc<str>) -> Self {
        Self::unavailable(cause)
    }

    fn unavailable(cause: impl Into<Arc<str>>) -> Self {
        Self::unavailable_at(Level::ERROR, cause)
    }

    fn unavailable_at(level: Level, cause: impl Into<Arc<str>>) -> Self {
        Self {
            cause: Some(Cause { text: cause.into(), level }),
            retry_after: Some(1),
            ..Self::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "The service is not available right now, please try again",
            )
        }
    }

    pub(in crate::http) fn internal(cause: impl Into<Arc<str>>) -> Self {
        Self {
            cause: Some(Cause { text: cause.into(), level: Level::ERROR }),
            ..Self::new(
                StatusCode::INTERNAL_SERVER_ERROR,
                "An internal server error occurred, please contact the system administrator",
            )
        }
    }
}
