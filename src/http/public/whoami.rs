//! `/sessions/whoami`: the caller's session, for any method. Gateways call it for each request, and
//! repeat the method of their own caller.

use std::sync::Arc;

use axum::extract::{FromRef, State};
use axum::http::header::SET_COOKIE;
use axum::http::{HeaderName, HeaderValue};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{MethodFilter, MethodRouter, on};
use time::{Duration, OffsetDateTime};

use crate::authentication::{CookieCodec, Credential, CredentialKind};
use crate::http::binding_protocol::SECURE_SESSION_REGISTRATION;
use crate::http::extract::credential::RequestCredential;
use crate::http::extract::expand::{Expand, LenientExpand};
use crate::http::extract::tokenize_as::TokenizeAs;
use crate::http::response::cache_for::{CACHE_FOR, CacheFor};
use crate::http::response::documented::Problems;
use crate::http::response::error::ApiError;
use crate::http::response::json::JSON;
use crate::http::response::wire;
use crate::http::response::wire::{SchemaUrls, WireSession};
use crate::http::state::AppState;
use crate::service::{CurrentSession, SessionService};
use crate::tokenizer::Tokenizer;

/// The header that gateways copy into the request that they forward.
const IDENTITY_ID: HeaderName = HeaderName::from_static("x-kratos-authenticated-identity-id");

const NO_CREDENTIALS: &str = "No valid session credentials found in the request.";

/// Return the caller's session
///
/// The session includes its devices, and the fields of its identity that the person may see. POST,
/// PUT, PATCH, DELETE and OPTIONS are answered like GET, and their bodies are ignored. With
/// `tokenize_as`, the session includes a JWT, which other services can verify on their own.
#[utoipa::path(get, path = "/sessions/whoami", operation_id = "toSession", tag = "sessions",
 params(Expand, TokenizeAs),
 responses((status = OK, body = WireSession, headers(("X-Kratos-Authenticated-Identity-Id" = String, description = "The id of the caller's identity."), ("Set-Cookie" = String, description = "A new cookie. Present if the session outlives the cookie of the request."), ("Ory-Session-Cache-For" = u64, description = "The seconds for which a gateway may reuse this answer. Present if `session.cacheable` is set."), ("Secure-Session-Registration" = String, description = "An offer to bind the session to the device. Present if `session.binding` is set, and the session of a cookie is not bound."))), Problems))]
pub(super) async fn whoami(
    State(service): State<Arc<SessionService>>,
    State(answers): State<Answers>,
    presented: Result<RequestCredential, ApiError>,
    LenientExpand(expand): LenientExpand,
    TokenizeAs(template): TokenizeAs,
) -> Result<Response, ApiError> {
    let answer = async {
        let presented = presented?;
        let RequestCredential { credential, now, .. } = &presented;
        let render = |caller: &_| wire::own_session(caller, &answers.schemas, expand, *now);
        let current = if expand == Expand::default() {
            service.whoami(credential, *now, render).await
        } else {
            let include = expand.include();
            service.whoami_expanded(credential, include, *now, render).await.map(Arc::new)
        };
        let current = current.map_err(|error| presented.explain(error))?;
        answers.session(&current, &presented, template).await
    };
    answer.await.or_else(|error: ApiError| answers.refusal(error))
}

/// The settings on which an answer depends.
#[derive(Clone)]
pub(super) struct Answers {
    schemas: Arc<SchemaUrls>,
    cache_for: CacheFor,
    cookies: Arc<CookieCodec>,
    tokenizer: Arc<Tokenizer>,
}

impl FromRef<AppState> for Answers {
    fn from_ref(state: &AppState) -> Self {
        Self {
            schemas: state.part(),
            cache_for: state.part(),
            cookies: state.part(),
            tokenizer: state.part(),
        }
    }
}

impl Answers {
    async fn session(
        &self,
        current: &CurrentSession,
        presented: &RequestCredential,
        template: Option<String>,
    ) -> Result<Response, ApiError> {
        let now = presented.now;
        let jwt = match template {
            None => None,
            // Boxed, so that requests without a template do not make room for this future.
            Some(template) => {
                Some(Box::pin(self.tokenizer.tokenize(&template, current, now)).await?)
            }
        };
        let body = match &jwt {
            None => current.body.clone(),
            Some(jwt) => wire::tokenized(&current.body, jwt).into(),
        };
        let mut response = ([JSON], body).into_response();
        let headers = response.headers_mut();
        if let Some(id) = identity_id(current) {
            headers.insert(IDENTITY_ID, id);
        }
        // A JWT has a lifetime of its own.
        if jwt.is_none() {
            let until = presented.admitted_until(current.bound(), current.expires_at);
            if let Some(age) = until.and_then(|until| self.cache_for.session(until, now)) {
                headers.insert(CACHE_FOR, age);
            }
        }
        if let Some(offer) = presented.offer(current.bound()) {
            headers.insert(SECURE_SESSION_REGISTRATION, offer);
        }
        let cookie = self.renewed_cookie(&presented.credential, current.ends_at, now);
        if let Some(cookie) = cookie {
            headers.insert(SET_COOKIE, cookie);
        }
        Ok(response)
    }

    /// A new cookie for a session that outlives the one of the request, because it was extended.
    /// Two times count as equal within a second, to which databases may round.
    fn renewed_cookie(
        &self,
        credential: &Credential,
        expires_at: OffsetDateTime,
        now: OffsetDateTime,
    ) -> Option<HeaderValue> {
        let outlives = |stated: OffsetDateTime| expires_at - stated >= Duration::SECOND;
        let is_due = credential.kind == CredentialKind::Cookie
            && credential.cookie_expires_at.is_none_or(outlives);
        if !is_due {
            return None;
        }
        HeaderValue::try_from(self.cookies.set(&credential.token, expires_at, now)?).ok()
    }

    fn refusal(&self, error: ApiError) -> Result<Response, ApiError> {
        let age = self.cache_for.no_credential().filter(|_| error.lacks_credential());
        let error = error.if_unauthorized(NO_CREDENTIALS);
        let Some(age) = age else { return Err(error) };
        Ok(([(CACHE_FOR, age)], error).into_response())
    }
}

/// The methods that are answered like GET and have no description of their own.
pub(super) fn other_methods() -> MethodRouter<AppState> {
    let methods = MethodFilter::POST
        .or(MethodFilter::PUT)
        .or(MethodFilter::PATCH)
        .or(MethodFilter::DELETE)
        .or(MethodFilter::OPTIONS);
    on(methods, whoami)
}

fn identity_id(current: &CurrentSession) -> Option<HeaderValue> {
    let mut text = [0; uuid::fmt::Hyphenated::LENGTH];
    let id = current.identity.hyphenated().encode_lower(&mut text);
    HeaderValue::from_str(id).ok()
}
