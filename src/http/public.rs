//! Endpoints of `/sessions`: the sessions of the caller.

mod list;
mod revoke;
mod whoami;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::http::state::AppState;

/// The endpoints that only read, each with its description.
pub(super) fn reads() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list::list))
        .routes(routes!(whoami::whoami))
        .route("/sessions/whoami", whoami::other_methods())
}

/// The endpoints that may write, each with its description.
pub(super) fn writes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(revoke::revoke_others)).routes(routes!(revoke::revoke))
}
