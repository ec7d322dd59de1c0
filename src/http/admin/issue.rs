//! `POST /admin/identities/{id}/sessions`: issue of a session by a login system.

mod device;
mod lossy_text;
pub(super) mod method;
pub(super) mod object;
pub(super) mod request;
pub(super) mod text;

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use crate::authentication::{CookieCodec, MethodNames};
use crate::http::binding_protocol::BindingProtocol;
use crate::http::extract::expand::Expand;
use crate::http::extract::json::JsonBody;
use crate::http::extract::operator::Operator;
use crate::http::extract::path_id::Id;
use crate::http::response::documented::{Conflict, Problems};
use crate::http::response::error::ApiError;
use crate::http::response::json::JsonResponse;
use crate::http::response::wire;
use crate::http::response::wire::{SchemaUrls, WireSession};
use crate::service::{Issued, SessionService};
use request::IssueBody;

/// A new session and its credentials.
#[derive(Serialize, ToSchema)]
#[schema(as = Issued)]
pub(super) struct WireIssued<'a> {
    #[schema(value_type = WireSession)]
    session: Box<RawValue>,
    /// The session token. No other response contains it.
    session_token: &'a str,
    /// A complete value for `Set-Cookie`. Null if no cookie secret is configured.
    #[schema(required)]
    session_cookie: Option<String>,
    /// A value for the header `Secure-Session-Registration`, to be sent along with the cookie: it
    /// offers to the browser to bind the session to its device. Absent if `session.binding` is off.
    #[serde(skip_serializing_if = "Option::is_none")]
    session_binding: Option<String>,
}

/// Issue a session to an identity
///
/// Creates the identity if it does not exist. Otherwise changes the fields that the body
/// contains.
#[utoipa::path(post, path = "/admin/identities/{id}/sessions", operation_id = "issueSession", tag = "admin",
 params(Id), request_body = IssueBody,
 responses((status = CREATED, body = WireIssued), Problems, Conflict))]
#[expect(clippy::too_many_arguments, reason = "each is a part of the request or of the state")]
pub(super) async fn issue(
    State(service): State<Arc<SessionService>>,
    State(cookies): State<Arc<CookieCodec>>,
    State(bindings): State<Option<Arc<BindingProtocol>>>,
    State(names): State<Arc<MethodNames>>,
    State(schemas): State<Arc<SchemaUrls>>,
    Id(identity): Id,
    Operator { actor, now }: Operator,
    JsonBody(body): JsonBody<IssueBody>,
) -> Result<Response, ApiError> {
    let (patch, sign_in) = body.read(&names, now)?;
    let issued = service.issue(actor, identity, &patch, sign_in, now).await?;
    let Issued { session: issued, token } = issued;

    let expires_at = issued.session.ends_at();
    let session = wire::own_session(&issued, &schemas, Expand::default(), now).body;
    let issued = WireIssued {
        // These bytes were just written as JSON, so parsing them cannot fail.
        session: serde_json::from_slice(&session).unwrap_or_default(),
        session_token: token.expose(),
        session_cookie: cookies.set(&token, expires_at, now),
        session_binding: bindings.and_then(|bindings| bindings.offer_text(&token, now)),
    };
    Ok((StatusCode::CREATED, JsonResponse(issued)).into_response())
}
