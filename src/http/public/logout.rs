//! Sign-out of the current session, as in Kratos: for browsers by a link, for apps by a call.
//!
//! Only in the service's own schema. In Kratos's, signing out belongs to Kratos.

use std::sync::Arc;

use axum::extract::State;
use axum::http::header::ACCEPT;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use serde::Serialize;
use utoipa::ToSchema;

use crate::authentication::{CookieCodec, Refusal};
use crate::config::BaseUrl;
use crate::http::binding_protocol::{BindingProtocol, remove_cookies};
use crate::http::extract::credential::RequestCredential;
use crate::http::extract::logout_query::LogoutQuery;
use crate::http::extract::token_in_body::{SessionTokenBody, TokenInBody, UNKNOWN_TOKEN};
use crate::http::response::documented::{Missing, Problems};
use crate::http::response::error::ApiError;
use crate::http::response::json::JsonResponse;
use crate::http::return_urls::ReturnUrls;
use crate::service::{CallerError, SessionService};

const NO_TOKEN: &str = "Please include a token in the URL query.";
const WRONG_TOKEN: &str = "Unable to log out because the logout token in the URL query does not \
                           match the session cookie.";

/// A link for signing out.
#[derive(Serialize, ToSchema)]
#[schema(as = LogoutFlow)]
pub(super) struct WireLogout {
    /// The URL that ends the session of the browser that opens it.
    logout_url: String,
    /// The token in that URL.
    logout_token: String,
}

/// Return a link for signing out
///
/// Only the browser with this session can sign out by it.
#[utoipa::path(get, path = "/self-service/logout/browser", operation_id = "createBrowserLogoutFlow", tag = "sessions",
 params(("return_to" = Option<String>, Query, description = "The URL to which the person is sent: one of `ui.allowed_return_urls`, or below.")),
 responses((status = OK, body = WireLogout), Problems, Missing))]
pub(super) async fn link(
    State(service): State<Arc<SessionService>>,
    State(cookies): State<Arc<CookieCodec>>,
    State(return_urls): State<Arc<ReturnUrls>>,
    State(base_url): State<Arc<BaseUrl>>,
    presented: RequestCredential,
    LogoutQuery { return_to, .. }: LogoutQuery,
) -> Result<JsonResponse<WireLogout>, ApiError> {
    let RequestCredential { credential, now, .. } = &presented;
    let return_to = return_urls.read(return_to.as_deref())?;
    let found = service.check_signed_in(credential, *now).await;
    found.map_err(|error| presented.explain(error))?;
    let Some(logout_token) = cookies.logout_token(&credential.token) else {
        return Err(ApiError::not_found_because("No cookie secret is configured."));
    };
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.append_pair("token", &logout_token);
    if let Some(url) = return_to {
        query.append_pair("return_to", url.as_str());
    }
    let logout_url = base_url.at(&format!("self-service/logout?{}", query.finish()));
    Ok(JsonResponse(WireLogout { logout_url, logout_token }))
}

/// Sign out by a link
///
/// Ends the session, removes the cookie, and sends the person on. Does nothing else if nobody is
/// signed in. A client that accepts JSON only receives 204.
#[utoipa::path(get, path = "/self-service/logout", operation_id = "updateLogoutFlow", tag = "sessions",
 params(LogoutQuery),
 responses((status = SEE_OTHER, description = "The person is signed out, and sent on."), (status = NO_CONTENT), Problems, Missing))]
pub(super) async fn by_link(
    State(service): State<Arc<SessionService>>,
    State(cookies): State<Arc<CookieCodec>>,
    State(bindings): State<Option<Arc<BindingProtocol>>>,
    State(return_urls): State<Arc<ReturnUrls>>,
    presented: Result<RequestCredential, ApiError>,
    LogoutQuery { token, return_to }: LogoutQuery,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    service.check_signs_out().map_err(|_| ApiError::left_to_kratos())?;
    let return_to = return_urls.read(return_to.as_deref())?;
    let token = token.filter(|token| !token.is_empty());
    let token = token.ok_or_else(|| ApiError::bad_request(NO_TOKEN))?;
    // Without a credential, nobody is signed in.
    if let Ok(presented) = presented {
        end_by_link(&service, &cookies, &token, &presented).await?;
    }
    if headers.get(ACCEPT).is_some_and(|accept| accept == "application/json") {
        let removals = remove_cookies(&cookies, bindings.as_deref());
        return Ok((StatusCode::NO_CONTENT, removals).into_response());
    }
    Ok(return_urls.signed_out(&cookies, bindings.as_deref(), return_to.as_ref()))
}

async fn end_by_link(
    service: &SessionService,
    cookies: &CookieCodec,
    logout_token: &str,
    presented: &RequestCredential,
) -> Result<(), ApiError> {
    let RequestCredential { credential, address, now, .. } = presented;
    let ended = match service.check_signed_in(credential, *now).await {
        Ok(()) if !cookies.is_logout_token(logout_token, &credential.token) => {
            return Err(ApiError::forbidden(WRONG_TOKEN));
        }
        Ok(()) => service.sign_out(credential, *address, *now).await,
        // Nobody has signed out of a session that is used on its own device.
        Err(error @ CallerError::Refused(Refusal::NotProven { .. })) => Err(error),
        Err(CallerError::UnknownCredential | CallerError::Refused(_)) => Ok(()),
        Err(error) => Err(error),
    };
    ended.map_err(|error| presented.explain(error))
}

/// Sign out by a session token
#[utoipa::path(delete, path = "/self-service/logout/api", operation_id = "performNativeLogout", tag = "sessions",
 request_body = SessionTokenBody,
 responses((status = NO_CONTENT), Problems, Missing), security(()))]
pub(super) async fn by_token(
    State(service): State<Arc<SessionService>>,
    TokenInBody(presented): TokenInBody,
) -> Result<StatusCode, ApiError> {
    let RequestCredential { credential, address, now, .. } = &presented;
    let ended = service.sign_out(credential, *address, *now).await;
    let explain = |error| presented.explain(error).forbidden_if_unauthorized(UNKNOWN_TOKEN);
    ended.map_err(explain)?;
    Ok(StatusCode::NO_CONTENT)
}
