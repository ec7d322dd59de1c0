//! Makes a credential of a request, or refuses it, and judges what was found for it.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::HeaderValue;
use axum::http::header::VARY;
use axum::http::request::Parts;
use axum::response::Response;
use time::OffsetDateTime;

use crate::authentication::{
    AccessPolicy, Admission, Credential, CredentialKind, NoCredential, Refusal,
};
use crate::http::AppState;
use crate::http::extract::client_address::ClientAddress;
use crate::http::response::error::ApiError;
use crate::identity::SessionWithIdentity;
use crate::metrics::Authentication;

/// What a request presents, when, and from where: the one time of this request. As an
/// argument of its handler.
pub(in crate::http) struct RequestCredential {
    pub credential: Credential,
    pub now: OffsetDateTime,
    pub from: ClientAddress,
}

impl FromRequestParts<Arc<AppState>> for RequestCredential {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<AppState>) -> Result<Self, ApiError> {
        let now = app.clock.now();
        let from = ClientAddress::of(parts, app);
        match app.credentials.find(&parts.headers, now) {
            Ok(credential) => Ok(Self { credential, now, from }),
            Err(NoCredential::Missing) => {
                count(app, "none", "missing");
                Err(ApiError::unauthorized())
            }
            Err(NoCredential::Malformed(kind)) => {
                count(app, kind.as_str(), "malformed");
                Err(wrong(app, kind, from))
            }
        }
    }
}

impl RequestCredential {
    /// What the repository found for this credential; where it found nothing, the
    /// credential is a wrong one.
    pub(in crate::http) fn known<T>(
        &self,
        app: &AppState,
        found: Option<T>,
    ) -> Result<T, ApiError> {
        found.ok_or_else(|| {
            count(app, self.credential.kind.as_str(), "unknown");
            wrong(app, self.credential.kind, self.from)
        })
    }

    /// Lets the caller in, or not.
    pub(in crate::http) async fn admit(
        &self,
        app: &AppState,
        caller: &SessionWithIdentity,
    ) -> Result<(), ApiError> {
        let judgement = match app.gate.admit(caller, self.now) {
            Ok(Admission::Granted) => Ok(()),
            Ok(Admission::DependsOnCredentials) => {
                let has_second_factor = app.repository.has_second_factor(caller.identity.id);
                if has_second_factor.await? { Err(Refusal::SecondFactorRequired) } else { Ok(()) }
            }
            Err(refusal) => Err(refusal),
        };
        self.judge(app, caller, judgement)
    }

    /// The same whatever the assurance level.
    pub(in crate::http) fn admit_at_any_level(
        &self,
        app: &AppState,
        caller: &SessionWithIdentity,
    ) -> Result<(), ApiError> {
        self.judge(app, caller, AccessPolicy::admit_at_any_level(caller, self.now))
    }

    fn judge(
        &self,
        app: &AppState,
        caller: &SessionWithIdentity,
        judgement: Result<(), Refusal>,
    ) -> Result<(), ApiError> {
        if judgement.is_ok() {
            app.activity.note(caller.session.id, self.now);
        }
        let outcome = match judgement {
            Ok(()) => "accepted",
            Err(Refusal::Ended) => "ended",
            Err(Refusal::IdentityInactive) => "switched_off",
            Err(Refusal::SecondFactorRequired) => "second_factor_required",
        };
        count(app, self.credential.kind.as_str(), outcome);
        judgement.map_err(|refusal| ApiError::refused(refusal, &app.base_url))
    }
}

fn count(app: &AppState, credential: &'static str, outcome: &'static str) {
    app.metrics.authenticated(Authentication { credential, outcome });
}

/// The answer to a wrong credential, as long as not too many came from there. Browsers
/// show old cookies by themselves, and nobody can make up one whose mac is good: they do
/// not count.
fn wrong(app: &AppState, kind: CredentialKind, from: ClientAddress) -> ApiError {
    let is_guess = kind != CredentialKind::Cookie;
    let refusal = is_guess.then(|| app.failures.another(from)).flatten();
    refusal.unwrap_or_else(ApiError::unauthorized)
}

/// Says of an answer that it depends on the headers that carry credentials.
pub(in crate::http) fn vary(mut response: Response) -> Response {
    const CREDENTIAL_HEADERS: HeaderValue =
        HeaderValue::from_static("Cookie, X-Session-Token, Authorization");
    response.headers_mut().append(VARY, CREDENTIAL_HEADERS);
    response
}
