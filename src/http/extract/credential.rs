//! The extractor for the credential of a request, on the public API.

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::{FromRef, FromRequestParts};
use axum::http::HeaderValue;
use axum::http::header::{USER_AGENT, VARY};
use axum::http::request::Parts;
use axum::response::Response;
use time::OffsetDateTime;

use crate::authentication::{
    Bound, Credential, CredentialExtractor, CredentialKind, NoCredential, Refusal,
};
use crate::clock::Clock;
use crate::config::{BaseUrl, TrustedProxies};
use crate::http::auth_failure_limit::RateLimiter;
use crate::http::binding_protocol::BindingProtocol;
use crate::http::extract::client_ip;
use crate::http::response::error::ApiError;
use crate::metrics::{Authentication, Metrics};
use crate::service::{CallerError, Client, SessionService};

/// The length of a client's name in an event, in characters.
const MAX_USER_AGENT: usize = 512;

/// The means to extract credentials, and to respond to wrong ones.
pub(in crate::http) struct Authenticator {
    pub credentials: CredentialExtractor,
    pub clock: Clock,
    pub trusted_proxies: Arc<TrustedProxies>,
    pub rate_limiter: Arc<RateLimiter>,
    pub base_url: Arc<BaseUrl>,
    pub metrics: Arc<Metrics>,
    pub service: Arc<SessionService>,
    /// `None` if sessions are not bound.
    pub binding: Option<Arc<BindingProtocol>>,
}

/// The credential of a request, with the time and the client's address. A handler takes it as an
/// argument, and uses `now` as the only time of the request.
pub(in crate::http) struct RequestCredential {
    pub credential: Credential,
    pub now: OffsetDateTime,
    pub address: Option<IpAddr>,
    /// For events of bindings. `None` if sessions are not bound.
    pub(super) user_agent: Option<HeaderValue>,
    pub(super) authenticator: Arc<Authenticator>,
}

impl<S: Send + Sync> FromRequestParts<S> for RequestCredential
where
    Arc<Authenticator>: FromRef<S>,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let authenticator = Arc::<Authenticator>::from_ref(state);
        let now = authenticator.clock.now();
        let trusted = &authenticator.trusted_proxies;
        let address = client_ip::resolve(&parts.extensions, &parts.headers, trusted);
        match authenticator.credentials.find(&parts.headers) {
            Ok(credential) => {
                let user_agent = authenticator.binding.is_some().then_some(USER_AGENT);
                let user_agent = user_agent.and_then(|name| parts.headers.get(name).cloned());
                Ok(Self { credential, now, address, user_agent, authenticator })
            }
            Err(NoCredential::Missing) => {
                authenticator.count("none", "missing");
                Err(ApiError::no_credential())
            }
            Err(NoCredential::Malformed(kind)) => Err(authenticator.malformed(kind, address)),
        }
    }
}

impl RequestCredential {
    /// The response to a request with this credential that failed.
    pub(in crate::http) fn explain(&self, error: CallerError) -> ApiError {
        match error {
            CallerError::UnknownCredential => {
                self.authenticator.wrong(self.credential.kind, self.address)
            }
            CallerError::Refused(refusal) => self.refused(refusal),
            CallerError::CurrentSession => {
                ApiError::bad_request_saying("cannot revoke current session")
            }
            CallerError::BesideKratos => ApiError::left_to_kratos(),
            CallerError::Repository(error) => error.into(),
        }
    }

    fn refused(&self, refusal: Refusal) -> ApiError {
        let Authenticator { service, base_url, binding, .. } = &*self.authenticator;
        let error = ApiError::refused(refusal, base_url);
        let Refusal::NotProven { session, .. } = refusal else {
            return error;
        };
        service.note_refusal(refusal, self.client(), self.now);
        let challenge = binding
            .as_ref()
            .and_then(|binding| binding.challenge(session, &self.credential.token, self.now));
        error.with_binding_challenge(challenge)
    }

    /// The client, for events about its session.
    pub(in crate::http) fn client(&self) -> Client {
        let name = |value: &HeaderValue| {
            let name = value.to_str().unwrap_or_default();
            name.chars().take(MAX_USER_AGENT).collect::<String>()
        };
        let user_agent = self.user_agent.as_ref().map(name).filter(|name| !name.is_empty());
        Client { address: self.address, user_agent }
    }

    /// The end of the time for which this credential is admitted unless the session changes. `None` for
    /// a cookie that may be refused at any moment, because its browser may bind the session.
    pub(in crate::http) fn admitted_until(
        &self,
        bound: Bound,
        expires_at: OffsetDateTime,
    ) -> Option<OffsetDateTime> {
        let is_cookie = self.credential.kind == CredentialKind::Cookie;
        if self.authenticator.binding.is_none() || !is_cookie {
            return Some(expires_at);
        }
        let proven_until =
            self.credential.proven_until(bound.session).filter(|_| bound.bound_at.is_some());
        proven_until.map(|until| until.min(expires_at))
    }

    /// The value of a `Secure-Session-Registration` header: an offer to the browser to bind this
    /// session. `None` if it is bound, or if this is not a cookie.
    pub(in crate::http) fn offer(&self, bound: Bound) -> Option<HeaderValue> {
        let binding = self.authenticator.binding.as_ref()?;
        let may_bind = self.credential.kind == CredentialKind::Cookie && bound.bound_at.is_none();
        may_bind.then(|| binding.offer(&self.credential.token, self.now)).flatten()
    }
}

impl Authenticator {
    fn count(&self, credential: &'static str, outcome: &'static str) {
        self.metrics.authenticated(Authentication { credential, outcome });
    }

    /// The error for a credential that cannot be one of this service's.
    pub(super) fn malformed(&self, kind: CredentialKind, address: Option<IpAddr>) -> ApiError {
        self.count(kind.as_str(), "malformed");
        self.wrong(kind, address)
    }

    /// The error for a wrong credential: 401, or 429 if too many came from the same client.
    /// Cookies do not count, because browsers send old ones by themselves, and nobody can forge
    /// one with a valid MAC.
    fn wrong(&self, kind: CredentialKind, address: Option<IpAddr>) -> ApiError {
        let is_guess = kind != CredentialKind::Cookie;
        let wait = is_guess.then(|| self.rate_limiter.count_failure(address)).flatten();
        wait.map_or_else(ApiError::unauthorized, ApiError::too_many_failures)
    }
}

/// Marks a response as dependent on the headers that carry credentials.
pub(in crate::http) fn vary(mut response: Response) -> Response {
    const CREDENTIAL_HEADERS: HeaderValue =
        HeaderValue::from_static("Cookie, X-Session-Token, Authorization");
    response.headers_mut().append(VARY, CREDENTIAL_HEADERS);
    response
}
