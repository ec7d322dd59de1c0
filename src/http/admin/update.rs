//! `PATCH /admin/sessions/{id}`: step-up, renewal and metadata of one session, by a login system.

mod request;

use std::sync::Arc;

use axum::extract::State;
use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use crate::authentication::{CookieCodec, MethodNames};
use crate::http::extract::expand::Expand;
use crate::http::extract::json::JsonBody;
use crate::http::extract::operator::Operator;
use crate::http::extract::path_id::Id;
use crate::http::response::documented::{Conflict, Missing, Problems};
use crate::http::response::error::ApiError;
use crate::http::response::json::JsonResponse;
use crate::http::response::wire;
use crate::http::response::wire::{SchemaUrls, WireSession};
use crate::service::{SessionService, Updated};
use request::UpdateBody;

/// A session after a change, with its new credentials if it has any.
#[derive(Serialize, ToSchema)]
#[schema(as = Updated)]
pub(super) struct WireUpdated {
    #[schema(value_type = WireSession)]
    session: Box<RawValue>,
    /// The new session token. No other response contains it. Present with `rotate_token`.
    #[serde(skip_serializing_if = "Option::is_none")]
    session_token: Option<String>,
    /// A complete value for `Set-Cookie`. Present with `rotate_token`, if a cookie secret is
    /// configured.
    #[serde(skip_serializing_if = "Option::is_none")]
    session_cookie: Option<String>,
}

/// Change a session
///
/// Adds authentication methods, moves its expiry, replaces its metadata or its token. From the
/// response on, the former token and cookie are refused on every replica. A session that has ended
/// stays ended, and the response is 409.
#[utoipa::path(patch, path = "/admin/sessions/{id}", operation_id = "updateSession", tag = "admin",
 params(Id), request_body = UpdateBody,
 responses((status = OK, body = WireUpdated), Problems, Missing, Conflict))]
pub(super) async fn update(
    State(service): State<Arc<SessionService>>,
    State(cookies): State<Arc<CookieCodec>>,
    State(names): State<Arc<MethodNames>>,
    State(schemas): State<Arc<SchemaUrls>>,
    Id(id): Id,
    Operator { actor, now }: Operator,
    JsonBody(body): JsonBody<UpdateBody>,
) -> Result<JsonResponse<WireUpdated>, ApiError> {
    let Updated { session: updated, token } =
        service.update(actor, id, body.read(&names, now)?, now).await?;
    let cookie = |token| cookies.set(token, updated.session.ends_at(), now);
    let session = wire::own_session(&updated, &schemas, Expand::default(), now).body;
    Ok(JsonResponse(WireUpdated {
        // These bytes were just written as JSON, so parsing them cannot fail.
        session: serde_json::from_slice(&session).unwrap_or_default(),
        session_cookie: token.as_ref().and_then(cookie),
        session_token: token.map(|token| token.expose().to_owned()),
    }))
}
