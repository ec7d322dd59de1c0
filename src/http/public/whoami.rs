//! `/sessions/whoami`: the caller's session, for any method. Gateways call it for each request, and
//! repeat the method of their own caller.

use std::sync::Arc;

use axum::extract::{RawQuery, State};
use axum::http::header::SET_COOKIE;
use axum::http::{HeaderName, HeaderValue};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{MethodFilter, MethodRouter, on};
use time::{Duration, OffsetDateTime};

use crate::authentication::{CookieCodec, Credential, CredentialKind};
use crate::config::BaseUrl;
use crate::http::extract::credential::RequestCredential;
use crate::http::extract::expand::{Expand, Part};
use crate::http::response::cache_for::{CACHE_FOR, CacheFor};
use crate::http::response::documented::Problems;
use crate::http::response::error::ApiError;
use crate::http::response::json::JSON;
use crate::http::response::wire;
use crate::http::response::wire::WireSession;
use crate::http::state::AppState;
use crate::identity::SessionWithIdentity;
use crate::service::SessionService;

/// The header that gateways copy into the request that they forward.
const IDENTITY_ID: HeaderName = HeaderName::from_static("x-kratos-authenticated-identity-id");

const NO_CREDENTIALS: &str = "No valid session credentials found in the request.";

/// Return the caller's session
///
/// The session includes its devices, and the fields of its identity that the person may see. POST,
/// PUT, PATCH, DELETE and OPTIONS are answered like GET, and their bodies are ignored.
#[utoipa::path(get, path = "/sessions/whoami", operation_id = "toSession", tag = "sessions",
 params(Expand),
 responses((status = OK, body = WireSession, headers(("X-Kratos-Authenticated-Identity-Id" = String, description = "The id of the caller's identity."), ("Set-Cookie" = String, description = "A new cookie. Present if the session outlives the cookie of the request."), ("Ory-Session-Cache-For" = u64, description = "The seconds for which a gateway may reuse this answer. Present if `session.cacheable` is set."))), Problems))]
pub(super) async fn whoami(
    State(service): State<Arc<SessionService>>,
    State(base_url): State<Arc<BaseUrl>>,
    State(cache_for): State<CacheFor>,
    State(cookies): State<Arc<CookieCodec>>,
    presented: Result<RequestCredential, ApiError>,
    expand: Expand,
    RawQuery(query): RawQuery,
) -> Result<Response, ApiError> {
    let answer = async {
        let presented = presented?;
        let with_activity = expand.has(Part::Activity);
        let caller = service.whoami(&presented.credential, with_activity, presented.now).await;
        let caller = caller.map_err(|error| presented.explain(error))?;
        refuse_template(query.as_deref().unwrap_or_default())?;
        let mut response = respond(&base_url, &caller, expand, presented.now);
        if let Some(age) = cache_for.session(caller.session.expires_at, presented.now) {
            response.headers_mut().insert(CACHE_FOR, age);
        }
        if let Some(cookie) = renewed(&cookies, &presented.credential, &caller, presented.now) {
            response.headers_mut().insert(SET_COOKIE, cookie);
        }
        Ok(response)
    };
    answer.await.or_else(|error: ApiError| refuse(error, cache_for))
}

/// A new cookie for a session that outlives the one of the request, because it was extended. Two
/// times count as equal within a second, to which databases may round.
fn renewed(
    cookies: &CookieCodec,
    credential: &Credential,
    caller: &SessionWithIdentity,
    now: OffsetDateTime,
) -> Option<HeaderValue> {
    let expires_at = caller.session.expires_at;
    let outlives = |stated: OffsetDateTime| expires_at - stated >= Duration::SECOND;
    let is_due = credential.kind == CredentialKind::Cookie
        && credential.cookie_expires_at.is_none_or(outlives);
    if !is_due {
        return None;
    }
    HeaderValue::try_from(cookies.set(&credential.token, expires_at, now)?).ok()
}

/// Refuses `tokenize_as`: there are no templates, and a gateway that expects a JWT must not get a
/// session without one.
fn refuse_template(query: &str) -> Result<(), ApiError> {
    let mut parameters = form_urlencoded::parse(query.as_bytes());
    match parameters.find(|(name, template)| name == "tokenize_as" && !template.is_empty()) {
        None => Ok(()),
        Some((_, template)) => {
            Err(ApiError::bad_request(format!("Unable to find tokenizer template \"{template}\".")))
        }
    }
}

fn refuse(error: ApiError, cache_for: CacheFor) -> Result<Response, ApiError> {
    let age = cache_for.no_credential().filter(|_| error.lacks_credential());
    let error = error.if_unauthorized(NO_CREDENTIALS);
    let Some(age) = age else { return Err(error) };
    Ok(([(CACHE_FOR, age)], error).into_response())
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

fn respond(
    base_url: &BaseUrl,
    caller: &SessionWithIdentity,
    expand: Expand,
    now: OffsetDateTime,
) -> Response {
    let body = wire::own_session(caller, base_url, expand, now);
    let mut response = ([JSON], body).into_response();
    let mut text = [0; uuid::fmt::Hyphenated::LENGTH];
    let id = caller.identity.id.hyphenated().encode_lower(&mut text);
    if let Ok(id) = HeaderValue::from_str(id) {
        response.headers_mut().insert(IDENTITY_ID, id);
    }
    response
}
