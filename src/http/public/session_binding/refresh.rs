//! `POST /session-binding/refresh`: proves that the browser has the key of its session.

use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse as _, Response};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::authentication::{BindingProof, ChallengeKind, Credential};
use crate::http::binding_protocol::{BindingProtocol, Instructions, SEC_SECURE_SESSION_ID};
use crate::http::extract::credential::RequestCredential;
use crate::http::public::session_binding::exchange::{
    WRONG_CHALLENGE, accepted, check_is_cookie, explain, proof, required,
};
use crate::http::response::documented::{Conflict, Missing, Problems};
use crate::http::response::error::ApiError;
use crate::http::response::json::JsonResponse;
use crate::service::{BindingError, CallerError, SessionService};

const NO_SESSION: &str = "The header 'Sec-Secure-Session-Id' is not the id of a session.";

/// Prove to be on the device of the caller's session
///
/// Browsers call this by themselves before the cookie `<session.cookie_name>_bound` runs out. Without
/// a proof, or with one whose challenge has run out, the answer is 403 with a challenge. The browser
/// forgets the key if the answer has `continue: false`, because the session has ended.
#[utoipa::path(post, path = "/session-binding/refresh", operation_id = "proveSessionBinding", tag = "sessions",
 params(("Sec-Secure-Session-Id" = String, Header, description = "The id of the session."), ("Secure-Session-Response" = Option<String>, Header, description = "The proof: as for a registration, without the key.")),
 responses((status = OK, body = Instructions, headers(("Set-Cookie" = String, description = "The cookie `<session.cookie_name>_bound`, for `session.binding_lifetime`."))), Problems, Missing, Conflict))]
pub(in crate::http::public) async fn refresh(
    State(service): State<Arc<SessionService>>,
    State(bindings): State<Option<Arc<BindingProtocol>>>,
    presented: Result<RequestCredential, ApiError>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let claimed = claimed_session(&headers).ok_or_else(|| ApiError::bad_request(NO_SESSION))?;
    let forget = || Ok(JsonResponse(Instructions::forget(claimed)).into_response());
    // Browsers may have keys from a time when sessions were bound.
    let Ok(bindings) = required(bindings) else {
        return forget();
    };
    // Without the cookie, the browser is signed out.
    let Ok(presented) = presented else {
        return forget();
    };
    check_is_cookie(&presented)?;
    let RequestCredential { credential, now, .. } = &presented;
    let answers_challenge = |proof: &BindingProof<'_>| {
        let kind = ChallengeKind::Refresh;
        bindings.device.take(kind, proof.challenge(), &credential.token, *now)
    };
    let proven = match proof(&headers)?.filter(answers_challenge) {
        Some(proof) => {
            service.prove(credential, &proof, presented.client(), *now).await.map(Answer::Proven)
        }
        None => ask(&service, &bindings, credential, claimed, *now).await,
    };
    match proven {
        Ok(Answer::Proven(session)) if session == claimed => {
            Ok(accepted(&bindings, &presented, session))
        }
        Ok(Answer::Asked(error)) => Err(error),
        // The browser's key is of no use any more.
        Ok(Answer::Proven(_))
        | Err(
            BindingError::NotBound
            | BindingError::Caller(CallerError::UnknownCredential | CallerError::Refused(_)),
        ) => forget(),
        Err(error) => Err(explain(&presented, error)),
    }
}

enum Answer {
    Proven(Uuid),
    /// A new challenge.
    Asked(ApiError),
}

/// Asks for a proof, if the session is bound.
async fn ask(
    service: &SessionService,
    bindings: &BindingProtocol,
    credential: &Credential,
    claimed: Uuid,
    now: OffsetDateTime,
) -> Result<Answer, BindingError> {
    let session = service.bound_session(credential, now).await?;
    if session != claimed {
        return Err(BindingError::NotBound);
    }
    let challenge = bindings.challenge(session, &credential.token, now);
    Ok(Answer::Asked(ApiError::forbidden(WRONG_CHALLENGE).with_binding_challenge(challenge)))
}

fn claimed_session(headers: &HeaderMap) -> Option<Uuid> {
    let value = headers.get(SEC_SECURE_SESSION_ID)?.to_str().ok()?;
    Uuid::try_parse(value.trim_matches('"')).ok()
}
