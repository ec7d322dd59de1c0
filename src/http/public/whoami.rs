//! `GET /sessions/whoami`: the caller's session. Gateways call it for each request.

use std::sync::Arc;

use axum::extract::{RawQuery, State};
use axum::http::{HeaderName, HeaderValue};
use axum::response::{IntoResponse as _, Response};
use time::OffsetDateTime;

use crate::http::AppState;
use crate::http::extract::authenticate::RequestCredential;
use crate::http::extract::json::JSON;
use crate::http::openapi::Problems;
use crate::http::response::error::ApiError;
use crate::http::response::expand::Expand;
use crate::http::response::wire;
use crate::http::response::wire::WireSession;
use crate::identity::SessionWithIdentity;

/// The header that gateways copy into the request that they forward.
const IDENTITY_ID: HeaderName = HeaderName::from_static("x-kratos-authenticated-identity-id");

const NO_CREDENTIALS: &str = "No valid session credentials found in the request.";

/// Returns the caller's session.
///
/// The session includes its devices, and the fields of its identity that the person may see.
#[utoipa::path(get, path = "/sessions/whoami", operation_id = "toSession",
 params(("expand" = Option<Vec<String>>, Query, description = "Adds fields to the session. `device_labels`: descriptions of the devices, such as \"Chrome on Windows\". `activity`: when the session was last used.")),
 responses((status = OK, body = WireSession, headers(("X-Kratos-Authenticated-Identity-Id" = String))), Problems))]
pub(in crate::http) async fn whoami(
    State(app): State<Arc<AppState>>,
    presented: Result<RequestCredential, ApiError>,
    RawQuery(query): RawQuery,
) -> Result<Response, ApiError> {
    let answer = async {
        let presented = presented?;
        let found = app.repository.whoami(&presented.credential.token).await?;
        let mut caller = presented.known(&app, found)?;
        presented.admit(&app, &caller).await?;
        caller.session.assurance_level = app.access_policy.level(&caller.session);
        let expand = Expand::parse(query.as_deref());
        expand.read_into(&app, std::slice::from_mut(&mut caller.session)).await?;
        Ok(respond(&app, &caller, expand, presented.now))
    };
    answer.await.map_err(|error: ApiError| error.if_unauthorized(NO_CREDENTIALS))
}

fn respond(
    app: &AppState,
    caller: &SessionWithIdentity,
    expand: Expand,
    now: OffsetDateTime,
) -> Response {
    let body = wire::own_session(caller, &app.base_url, expand, now);
    let mut response = ([JSON], body).into_response();
    let mut text = [0; uuid::fmt::Hyphenated::LENGTH];
    let id = caller.identity.id.hyphenated().encode_lower(&mut text);
    if let Ok(id) = HeaderValue::from_str(id) {
        response.headers_mut().insert(IDENTITY_ID, id);
    }
    response
}
