//! Authentication of a request: extracts its credential, and admits or refuses the session that
//! was found for it.

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

/// The credential of a request, with the time and the client address. A handler takes it as an
/// argument, and uses `now` as the only time of the request.
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
    /// Unwraps what the repository found for this credential. If it found nothing, the credential
    /// is wrong.
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

    /// Admits or refuses the caller.
    pub(in crate::http) async fn admit(
        &self,
        app: &AppState,
        caller: &SessionWithIdentity,
    ) -> Result<(), ApiError> {
        let judgement = match app.access_policy.admit(caller, self.now) {
            Ok(Admission::Granted) => Ok(()),
            Ok(Admission::DependsOnCredentials) => {
                let has_second_factor = app.repository.has_second_factor(caller.identity.id);
                if has_second_factor.await? { Err(Refusal::SecondFactorRequired) } else { Ok(()) }
            }
            Err(refusal) => Err(refusal),
        };
        self.judge(app, caller, judgement)
    }

    /// Admits or refuses the caller, without regard to the assurance level.
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
            Err(Refusal::IdentityInactive) => "identity_inactive",
            Err(Refusal::SecondFactorRequired) => "second_factor_required",
        };
        count(app, self.credential.kind.as_str(), outcome);
        judgement.map_err(|refusal| ApiError::refused(refusal, &app.base_url))
    }
}

fn count(app: &AppState, credential: &'static str, outcome: &'static str) {
    app.metrics.authenticated(Authentication { credential, outcome });
}

/// The error for a wrong credential: 401, or 429 if too many came from the same client. Cookies
/// do not count, because browsers send old ones by themselves, and nobody can forge one with a
/// valid MAC.
fn wrong(app: &AppState, kind: CredentialKind, from: ClientAddress) -> ApiError {
    let is_guess = kind != CredentialKind::Cookie;
    let refusal = is_guess.then(|| app.rate_limiter.another(from)).flatten();
    refusal.unwrap_or_else(ApiError::unauthorized)
}

/// Marks a response as dependent on the headers that carry credentials.
pub(in crate::http) fn vary(mut response: Response) -> Response {
    const CREDENTIAL_HEADERS: HeaderValue =
        HeaderValue::from_static("Cookie, X-Session-Token, Authorization");
    response.headers_mut().append(VARY, CREDENTIAL_HEADERS);
    response
}
