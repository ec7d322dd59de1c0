//! Endpoints of people: their sessions, and the sign-out.

mod json_web_keys;
mod list;
mod logout;
mod name;
mod revoke;
mod session_binding;
mod ssf_configuration;
mod whoami;

use axum::routing::get;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::http::response::error::ApiError;
use crate::http::state::AppState;

/// The endpoints that only read, each with its description.
pub(super) fn reads() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list::list))
        .routes(routes!(whoami::whoami))
        .routes(routes!(logout::link))
        .routes(routes!(json_web_keys::json_web_keys))
        .routes(routes!(ssf_configuration::ssf_configuration))
        .route("/sessions/whoami", whoami::other_methods())
        .route("/sessions/token-exchange", get(token_exchange))
}

/// The endpoints that may write, each with its description.
pub(super) fn writes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(revoke::revoke_others))
        .routes(routes!(revoke::revoke, name::name_session))
        .routes(routes!(logout::by_link))
        .routes(routes!(logout::by_token))
        .routes(routes!(session_binding::register))
        .routes(routes!(session_binding::refresh))
}

/// Part of Kratos's login flows, which this service does not have. It has no description.
async fn token_exchange() -> ApiError {
    ApiError::not_found_because(
        "Session tokens are exchanged by Kratos: route GET /sessions/token-exchange to it.",
    )
}
