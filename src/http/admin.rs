//! Endpoints of `/admin`: the sessions of all identities, for operators and login systems.

mod bulk;
mod events;
mod identity;
mod issue;
mod list;
mod session;
mod update;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::http::state::AppState;

/// The endpoints that only read, each with its description.
pub(super) fn reads() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list::list))
        .routes(routes!(session::get))
        .routes(routes!(identity::get))
        .routes(routes!(list::list_of_identity))
}

/// The endpoints whose responses may last, each with its description.
pub(super) fn streams() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(events::read))
}

/// The endpoints that may write, each with its description.
pub(super) fn writes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(bulk::bulk))
        .routes(routes!(session::disable, update::update))
        .routes(routes!(session::extend))
        .routes(routes!(identity::change, identity::delete))
        .routes(routes!(issue::issue, identity::delete_sessions))
}
