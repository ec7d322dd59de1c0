//! The common parts of registrations and refreshes.

use std::sync::Arc;

use axum::http::HeaderMap;
use axum::http::header::SET_COOKIE;
use axum::response::{IntoResponse as _, Response};
use uuid::Uuid;

use crate::authentication::{BindingProof, CredentialKind};
use crate::http::binding_protocol::{BindingProtocol, SECURE_SESSION_RESPONSE};
use crate::http::extract::credential::RequestCredential;
use crate::http::response::error::ApiError;
use crate::http::response::json::JsonResponse;
use crate::service::BindingError;

const NO_COOKIE: &str = "Only the session of a cookie is bound to a device.";
pub(super) const WRONG_CHALLENGE: &str = "The proof does not answer a challenge for this session, or not in time, or \
                                          not for the first time.";

/// An error if sessions are not bound.
pub(super) fn required(
    bindings: Option<Arc<BindingProtocol>>,
) -> Result<Arc<BindingProtocol>, ApiError> {
    bindings.ok_or_else(|| ApiError::not_found_because("session.binding is \"off\"."))
}

/// An error if the credential is not a cookie.
pub(super) fn check_is_cookie(presented: &RequestCredential) -> Result<(), ApiError> {
    if presented.credential.kind == CredentialKind::Cookie {
        Ok(())
    } else {
        Err(ApiError::bad_request(NO_COOKIE))
    }
}

/// The proof of a request, if it has one.
pub(super) fn proof(headers: &HeaderMap) -> Result<Option<BindingProof<'_>>, ApiError> {
    let Some(value) = headers.get(SECURE_SESSION_RESPONSE) else {
        return Ok(None);
    };
    // Bytes that are no text make no proof, either.
    let proof = BindingProof::parse(value.to_str().unwrap_or_default());
    proof.map(Some).map_err(|error| ApiError::bad_request(error.0))
}

/// The answer to a proof that was accepted: what the browser does from then on, and the cookie.
pub(super) fn accepted(
    bindings: &BindingProtocol,
    presented: &RequestCredential,
    session: Uuid,
) -> Response {
    let cookie = bindings.device.set_cookie(session, presented.now);
    let cookie = cookie.map(|cookie| [(SET_COOKIE, cookie)]);
    (cookie, JsonResponse(bindings.instructions(session))).into_response()
}

pub(super) fn explain(presented: &RequestCredential, error: BindingError) -> ApiError {
    match error {
        BindingError::Caller(error) => presented.explain(error),
        BindingError::Proof(error) => ApiError::bad_request(error.0),
        BindingError::AlreadyBound => {
            ApiError::conflict("The session is bound to another device or browser.")
        }
        BindingError::WrongKey => {
            ApiError::forbidden("The proof is not signed with the key of this session.")
        }
        BindingError::NotBound => ApiError::conflict("The session is not bound to a device."),
    }
}
