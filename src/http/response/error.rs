//! The one error envelope, as Ory's services and clients know it.

use std::any::Any;
use std::borrow::Cow;
use std::sync::Arc;

use axum::body::Body;
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use crate::authentication::Refusal;
use crate::config::BaseUrl;
use crate::logging;
use crate::repository::RepositoryError;

/// Says which error it is, of those that have an id.
pub(in crate::http) const ERROR_ID: HeaderName = HeaderName::from_static("ory-error-id");
pub(in crate::http) const SECOND_FACTOR_REQUIRED: &str = "session_aal2_required";
/// The settings, or the rights of the database's user, do not allow it.
pub(in crate::http) const NOT_ALLOWED: &str = "not_allowed";
const MALFORMED: &str = "The request was malformed or contained invalid parameters";

/// An answer that is an error. What it shows is for its reader; the cause is
/// for the log alone.
#[derive(Debug)]
pub(in crate::http) struct ApiError {
    status: StatusCode,
    id: Option<&'static str>,
    message: &'static str,
    reason: Option<Cow<'static, str>>,
    redirect_browser_to: Option<String>,
    /// In seconds.
    retry_after: Option<u32>,
    cause: Option<Cause>,
}

/// Why an answer is a 5xx: travels with the answer to the log line of its request.
#[derive(Debug, Clone)]
pub(in crate::http) struct Cause(pub Arc<str>);

impl ApiError {
    fn new(status: StatusCode, message: &'static str) -> Self {
        Self {
            status,
            id: None,
            message,
            reason: None,
            redirect_browser_to: None,
            retry_after: None,
            cause: None,
        }
    }

    /// No credential of the request stands for a live session; which of the
    /// possible reasons it was, the answer does not tell.
    pub(in crate::http) fn unauthorized() -> Self {
        Self::unauthorized_because("No valid session cookie found.")
    }

    pub(in crate::http) fn unauthorized_because(reason: &'static str) -> Self {
        Self {
            reason: Some(Cow::Borrowed(reason)),
            ..Self::new(StatusCode::UNAUTHORIZED, "The request could not be authorized")
        }
    }

    /// The same with another reason, where it is that no session was found.
    pub(in crate::http) fn if_unauthorized(mut self, reason: &'static str) -> Self {
        if self.status == StatusCode::UNAUTHORIZED {
            self.reason = Some(Cow::Borrowed(reason));
        }
        self
    }

    /// Too many wrong credentials from there.
    pub(in crate::http) fn too_many_failures(seconds: u32) -> Self {
        Self {
            reason: Some(Cow::Borrowed("Too many wrong credentials came from this address.")),
            retry_after: Some(seconds),
            ..Self::new(StatusCode::TOO_MANY_REQUESTS, "Please try again later")
        }
    }

    /// Too much is asked at a time.
    pub(in crate::http) fn overloaded(cause: &'static str) -> Self {
        Self::unavailable(cause)
    }

    /// This copy of the service is about to stop.
    pub(in crate::http) fn stopping() -> Self {
        Self::unavailable("the service is about to stop")
    }

    /// A parameter that cannot be read.
    pub(in crate::http) fn bad_parameter(name: &str, problem: &str) -> Self {
        Self::bad_request(format!("The parameter '{name}' {problem}."))
    }

    pub(in crate::http) fn bad_request(reason: impl Into<Cow<'static, str>>) -> Self {
        Self { reason: Some(reason.into()), ..Self::new(StatusCode::BAD_REQUEST, MALFORMED) }
    }

    /// A request that is right in its form, but not here.
    pub(in crate::http) fn bad_request_saying(message: &'static str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, message)
    }

    pub(in crate::http) fn forbidden(reason: impl Into<Cow<'static, str>>) -> Self {
        Self {
            reason: Some(reason.into()),
            ..Self::new(StatusCode::FORBIDDEN, "The requested action was forbidden")
        }
    }

    pub(in crate::http) fn conflict(reason: &'static str) -> Self {
        Self {
            reason: Some(Cow::Borrowed(reason)),
            ..Self::new(StatusCode::CONFLICT, "The request conflicts with what is there")
        }
    }

    /// What the path names is not there.
    pub(in crate::http) fn no_such_resource() -> Self {
        Self::new(StatusCode::NOT_FOUND, "Unable to locate the resource")
    }

    pub(in crate::http) fn too_large(largest: u32) -> Self {
        let reason = format!("The body must not be larger than {largest} bytes.");
        Self {
            reason: Some(Cow::Owned(reason)),
            ..Self::new(StatusCode::PAYLOAD_TOO_LARGE, MALFORMED)
        }
    }

    pub(in crate::http) fn request_timeout() -> Self {
        Self::new(StatusCode::REQUEST_TIMEOUT, "The body did not come in time")
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

    pub(in crate::http) fn method_not_allowed() -> Self {
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "This method is not allowed here")
    }

    pub(in crate::http) fn refused(refusal: Refusal, base_url: &BaseUrl) -> Self {
        match refusal {
            Refusal::Ended | Refusal::IdentityInactive => Self::unauthorized(),
            Refusal::SecondFactorRequired => Self {
                id: Some(SECOND_FACTOR_REQUIRED),
                reason: Some(Cow::Borrowed(
                    "An active session was found but it does not fulfill the requested \
                     Authenticator Assurance Level. Please verify yourself with a second factor \
                     to resolve this issue.",
                )),
                redirect_browser_to: Some(base_url.at("self-service/login/browser?aal=aal2")),
                ..Self::new(
                    StatusCode::FORBIDDEN,
                    "Session does not fulfill the requested Authenticator Assurance Level",
                )
            },
        }
    }

    /// It takes too long, and may happen or not.
    pub(in crate::http) fn no_answer_in_time() -> Self {
        Self::unavailable("no answer in time")
    }

    /// Whatever is wrong with the database, requests are better sent elsewhere.
    pub(in crate::http) fn not_ready(cause: Arc<str>) -> Self {
        Self::unavailable(cause)
    }

    fn unavailable(cause: impl Into<Arc<str>>) -> Self {
        Self {
            cause: Some(Cause(cause.into())),
            retry_after: Some(1),
            ..Self::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "The service is not available right now, please try again",
            )
        }
    }

    pub(in crate::http) fn internal(cause: impl Into<Arc<str>>) -> Self {
        Self {
            cause: Some(Cause(cause.into())),
            ..Self::new(
                StatusCode::INTERNAL_SERVER_ERROR,
                "An internal server error occurred, please contact the system administrator",
            )
        }
    }
}

impl From<RepositoryError> for ApiError {
    fn from(error: RepositoryError) -> Self {
        let cause = error.to_string();
        match error {
            RepositoryError::Unavailable(_) => Self::unavailable(cause),
            RepositoryError::Conflict(_) => {
                Self::conflict("Something that there can be only once is there already.")
            }
            RepositoryError::Rejected(_) => {
                Self::bad_request("There is a value in it that the database does not take.")
            }
            RepositoryError::NotAllowed(reason) => {
                Self { id: Some(NOT_ALLOWED), ..Self::forbidden(reason) }
            }
            RepositoryError::Unexpected(_) => Self::internal(cause),
        }
    }
}

/// A panic is a bug; the caller gets an answer all the same.
#[expect(clippy::needless_pass_by_value, reason = "the form that tower-http asks for")]
pub(in crate::http) fn from_panic(panic: Box<dyn Any + Send>) -> Response {
    let text = logging::panic_text(&*panic);
    ApiError::internal(format!("panic: {text}")).into_response()
}

/// The one form of all errors.
#[derive(Serialize, ToSchema)]
#[schema(as = ErrorEnvelope)]
pub(in crate::http) struct Envelope<'a> {
    error: Wire<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    redirect_browser_to: Option<&'a str>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = Error)]
struct Wire<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
    code: u16,
    status: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    details: Option<Details<'a>>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = ErrorDetails)]
struct Details<'a> {
    redirect_browser_to: &'a str,
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let redirect_browser_to = self.redirect_browser_to.as_deref();
        let envelope = Envelope {
            error: Wire {
                id: self.id,
                code: self.status.as_u16(),
                status: self.status.canonical_reason().unwrap_or_default(),
                reason: self.reason.as_deref(),
                message: self.message,
                details: redirect_browser_to
                    .map(|redirect_browser_to| Details { redirect_browser_to }),
            },
            redirect_browser_to,
        };
        // Texts alone: there is nothing in it that could fail.
        let body = serde_json::to_vec(&envelope).unwrap_or_default();
        let mut response = Response::new(Body::from(body));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        if let Some(id) = self.id {
            headers.insert(ERROR_ID, HeaderValue::from_static(id));
        }
        if let Some(seconds) = self.retry_after {
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        if let Some(cause) = self.cause {
            response.extensions_mut().insert(cause);
        }
        response
    }
}
