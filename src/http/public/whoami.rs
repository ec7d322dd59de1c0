//! `GET /sessions/whoami`: the caller's session. Gateways call it for each request.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderName, HeaderValue};
use axum::response::{IntoResponse as _, Response};
use time::OffsetDateTime;

use crate::config::BaseUrl;
use crate::http::extract::credential::RequestCredential;
use crate::http::extract::expand::{Expand, Part};
use crate::http::response::documented::Problems;
use crate::http::response::error::ApiError;
use crate::http::response::json::JSON;
use crate::http::response::wire;
use crate::http::response::wire::WireSession;
use crate::identity::SessionWithIdentity;
use crate::service::SessionService;

/// The header that gateways copy into the request that they forward.
const IDENTITY_ID: HeaderName = HeaderName::from_static("x-kratos-authenticated-identity-id");

const NO_CREDENTIALS: &str = "No valid session credentials found in the request.";

/// Return the caller's session
///
/// The session includes its devices, and the fields of its identity that the person may see.
#[utoipa::path(get, path = "/sessions/whoami", operation_id = "toSession", tag = "sessions",
 params(Expand),
 responses((status = OK, body = WireSession, headers(("X-Kratos-Authenticated-Identity-Id" = String, description = "The id of the caller's identity."))), Problems))]
pub(super) async fn whoami(
    State(service): State<Arc<SessionService>>,
    State(base_url): State<Arc<BaseUrl>>,
    presented: Result<RequestCredential, ApiError>,
    expand: Expand,
) -> Result<Response, ApiError> {
    let answer = async {
        let presented = presented?;
        let with_activity = expand.has(Part::Activity);
        let caller = service.whoami(&presented.credential, with_activity, presented.now).await;
        let caller = caller.map_err(|error| presented.explain(error))?;
        Ok(respond(&base_url, &caller, expand, presented.now))
    };
    answer.await.map_err(|error: ApiError| error.if_unauthorized(NO_CREDENTIALS))
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
