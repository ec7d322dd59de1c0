//! The envelope of all errors, which is the one of Ory's services and clients.

use axum::body::Body;
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::binding_protocol::SECURE_SESSION_CHALLENGE;
use crate::http::response::error::{ApiError, Details, ERROR_ID};

/// The challenge of every 401 (RFC 9110 §11.6.1). Both APIs accept a bearer token, and browsers ask
/// their visitor for nothing with this scheme.
const CHALLENGE: HeaderValue = HeaderValue::from_static("Bearer realm=\"elsewhere\"");

/// The envelope.
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
    details: Option<WireDetails<'a>>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = ErrorDetails)]
struct WireDetails<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    redirect_browser_to: Option<&'a str>,
    /// The position after which there are events.
    #[serde(skip_serializing_if = "Option::is_none")]
    oldest: Option<String>,
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let details = self.details.as_ref().and_then(|details| match details {
            Details::RedirectBrowserTo(url) => {
                Some(WireDetails { redirect_browser_to: Some(url), oldest: None })
            }
            Details::Oldest(id) => {
                Some(WireDetails { redirect_browser_to: None, oldest: Some(id.to_string()) })
            }
            Details::Challenge(_) => None,
        });
        let redirect_browser_to = details.as_ref().and_then(|details| details.redirect_browser_to);
        let envelope = Envelope {
            error: Wire {
                id: self.id,
                code: self.status.as_u16(),
                status: self.status.canonical_reason().unwrap_or_default(),
                reason: self.reason.as_deref(),
                message: self.message,
                details,
            },
            redirect_browser_to,
        };
        // The envelope consists of texts and a number, so its serialization cannot fail.
        let body = serde_json::to_vec(&envelope).unwrap_or_default();
        let mut response = Response::new(Body::from(body));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(WWW_AUTHENTICATE, CHALLENGE);
        }
        if let Some(id) = self.id {
            headers.insert(ERROR_ID, HeaderValue::from_static(id));
        }
        if let Some(Details::Challenge(challenge)) = self.details {
            headers.insert(SECURE_SESSION_CHALLENGE, *challenge);
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
