//! `PATCH /sessions/{id}`: the name that a person gives to a session.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use serde::{Deserialize, Deserializer, de};
use utoipa::ToSchema;

use crate::http::extract::credential::RequestCredential;
use crate::http::extract::json::JsonBody;
use crate::http::extract::path_id::Id;
use crate::http::middleware::csrf::Csrf;
use crate::http::response::documented::{Missing, Problems};
use crate::http::response::error::ApiError;
use crate::service::SessionService;
use crate::session::SessionName;

/// A name for a session.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SessionNameBody)]
pub(super) struct NameBody {
    /// 1 to 60 visible characters. Null removes the name.
    #[schema(value_type = Option<String>, required, min_length = 1, max_length = 60)]
    #[serde(deserialize_with = "name")]
    name: Option<SessionName>,
}

/// Name one of the caller's sessions
///
/// The response is the same if the session does not exist, has ended or belongs to somebody else,
/// so that it reveals nothing about that session.
#[utoipa::path(patch, path = "/sessions/{id}", operation_id = "nameMySession", tag = "sessions",
 params(Id), request_body = NameBody,
 responses((status = NO_CONTENT), Problems, Missing))]
pub(super) async fn name_session(
    State(service): State<Arc<SessionService>>,
    State(csrf): State<Arc<Csrf>>,
    presented: RequestCredential,
    Id(session): Id,
    headers: HeaderMap,
    JsonBody(NameBody { name }): JsonBody<NameBody>,
) -> Result<StatusCode, ApiError> {
    let RequestCredential { credential, address, now, .. } = &presented;
    csrf.check(credential, &headers)?;
    let named = service.name_session(credential, session, name, *address, *now).await;
    named.map_err(|error| presented.explain(error))?;
    Ok(StatusCode::NO_CONTENT)
}

fn name<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<SessionName>, D::Error> {
    let Some(text) = Option::<String>::deserialize(deserializer)? else {
        return Ok(None);
    };
    let problem = || {
        let max = SessionName::MAX_LENGTH;
        de::Error::custom(format!("expected 1 to {max} visible characters"))
    };
    SessionName::parse(&text).ok_or_else(problem).map(Some)
}
