//! `POST /session-binding/register`: binds the session of a cookie to a new key.

use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;

use crate::authentication::ChallengeKind;
use crate::http::binding_protocol::{BindingProtocol, Instructions};
use crate::http::extract::credential::RequestCredential;
use crate::http::public::session_binding::exchange::{
    WRONG_CHALLENGE, accepted, check_is_cookie, explain, proof, required,
};
use crate::http::response::documented::{Conflict, Missing, Problems};
use crate::http::response::error::ApiError;
use crate::service::SessionService;

/// Bind the caller's session to a device
///
/// Browsers call this by themselves after a `Secure-Session-Registration` header. The proof is a JWT
/// of the type `dbsc+jwt`, signed with ES256 or RS256, with the public key as `jwk` in its header and
/// the challenge as `jti`. From then on, the session's cookie is accepted only together with the
/// cookie that this answer sets. A session stays bound to its key.
#[utoipa::path(post, path = "/session-binding/register", operation_id = "bindSession", tag = "sessions",
 params(("Secure-Session-Response" = String, Header, description = "The proof.")),
 responses((status = OK, body = Instructions, headers(("Set-Cookie" = String, description = "The cookie `<session.cookie_name>_bound`, for `session.binding_lifetime`."))), Problems, Missing, Conflict))]
pub(in crate::http::public) async fn register(
    State(service): State<Arc<SessionService>>,
    State(bindings): State<Option<Arc<BindingProtocol>>>,
    presented: Result<RequestCredential, ApiError>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let bindings = required(bindings)?;
    let presented = presented?;
    check_is_cookie(&presented)?;
    let proof = proof(&headers)?
        .ok_or_else(|| ApiError::bad_request("The header 'Secure-Session-Response' is missing."))?;
    let RequestCredential { credential, now, .. } = &presented;
    let kind = ChallengeKind::Registration;
    if !bindings.device.take(kind, proof.challenge(), &credential.token, *now) {
        return Err(ApiError::forbidden(WRONG_CHALLENGE));
    }
    let bound = service.bind(credential, &proof, presented.client(), *now).await;
    let session = bound.map_err(|error| explain(&presented, error))?;
    Ok(accepted(&bindings, &presented, session))
}
