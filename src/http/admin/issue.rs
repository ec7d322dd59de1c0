//! `POST /admin/identities/{id}/sessions`: issue of a session by a login system.

mod request;

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::audit::Event;
use crate::config::Schema;
use crate::http::AppState;
use crate::http::admin::{by_operator, session};
use crate::http::extract::client_address::ClientAddress;
use crate::http::extract::json::Json;
use crate::http::extract::path_id::Id;
use crate::http::openapi::{Conflict, Problems};
use crate::http::response::error::ApiError;
use crate::http::response::expand::Expand;
use crate::http::response::wire;
use crate::http::response::wire::WireSession;
use crate::repository::{NewSession, SessionRef};
use crate::session::{AssuranceLevel, Json as SessionJson, Session, SessionToken};
pub(in crate::http) use request::{CompletedMethod, IdentityBody, IssueBody};

/// A new session and its credentials.
#[derive(Serialize, ToSchema)]
pub(in crate::http) struct Issued<'a> {
    #[schema(value_type = WireSession)]
    session: Box<RawValue>,
    /// The session token. No other response contains it.
    session_token: &'a str,
    /// A complete value for `Set-Cookie`. Null if no cookie secret is configured.
    session_cookie: Option<String>,
}

/// Issues a session to an identity.
///
/// Creates the identity if it does not exist. Otherwise changes the fields that the body
/// contains.
#[utoipa::path(post, path = "/admin/identities/{id}/sessions", operation_id = "issueSession", request_body = IssueBody,
 params(("id" = Uuid, Path)),
 responses((status = CREATED, body = Issued), Problems, Conflict))]
pub(in crate::http) async fn issue(
    State(app): State<Arc<AppState>>,
    Id(identity): Id,
    from: ClientAddress,
    Json(body): Json<IssueBody>,
) -> Result<Response, ApiError> {
    own_only(&app)?;
    if body.identity.switches_off() {
        return Err(ApiError::bad_request(
            "The body is invalid at 'identity.state': an inactive identity cannot have sessions.",
        ));
    }
    let now = app.clock.now();
    let new = NewSession { session: new_session(&app, &body, now), token: SessionToken::random() };
    let (id, token) = (new.session.id, new.token.clone());
    if !app.repository.issue(identity, &body.identity.into(), &[new], now).await? {
        return Err(ApiError::conflict("The identity is inactive."));
    }
    let issued = SessionRef { session: id, identity };
    app.audit.sessions(Event::Issued, by_operator("signed in", from), &[issued]);
    let stored = session::readable(app.repository.get(id).await?)?;

    let expires_at = stored.session.expires_at;
    let session = wire::own_session(&stored, &app.base_url, Expand::default(), now);
    // These bytes were just written as JSON, so parsing them cannot fail.
    let session = serde_json::from_slice(&session).unwrap_or_default();
    let issued = Issued {
        session,
        session_token: token.expose(),
        session_cookie: app.cookies.set(&token, expires_at, now),
    };
    Ok((StatusCode::CREATED, Json(issued)).into_response())
}

/// Returns 409 beside a Kratos: only Kratos creates identities and sessions in its database.
pub(super) fn own_only(app: &AppState) -> Result<(), ApiError> {
    match app.schema {
        Schema::Own => Ok(()),
        Schema::Kratos => Err(ApiError::conflict(
            "In Kratos's database, only Kratos issues sessions and manages identities.",
        )),
    }
}

fn new_session(app: &AppState, body: &IssueBody, now: OffsetDateTime) -> Session {
    let methods = body.authentication_methods.iter();
    Session {
        id: Uuid::new_v4(),
        created_at: now,
        issued_at: now,
        authenticated_at: now,
        expires_at: app.lifespan.end(body.expires_in, now),
        active: true,
        assurance_level: methods.clone().map(|m| m.aal.0).max().unwrap_or(AssuranceLevel::Aal0),
        authentication_methods: raw(&methods.map(|method| method.at(now)).collect::<Vec<_>>()),
        devices: body.device.iter().map(|device| device.seen_at(now)).collect(),
        last_active_at: None,
    }
}

fn raw(value: &impl Serialize) -> SessionJson {
    to_raw_value(value).unwrap_or_default()
}
