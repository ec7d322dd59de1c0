//! The whole HTTP surface.

use std::sync::Arc;

use axum::Router;
use axum::http::HeaderValue;
use axum::http::header::CACHE_CONTROL;
use axum::middleware::{from_fn, from_fn_with_state, map_response};
use axum::response::Response;
use axum::routing::{delete, get, patch, post};
use tower_http::catch_panic::CatchPanicLayer;

use super::error::{self, ApiError};
use super::{App, admin as operators, authenticate, cors, deadline, health, log, sessions};

/// The public side: what people's browsers and apps call.
pub fn public(app: &Arc<App>) -> Router {
    let sessions = Router::new()
        .route("/sessions", get(sessions::list).delete(sessions::revoke_others))
        .route("/sessions/whoami", get(sessions::whoami))
        .route("/sessions/{id}", delete(sessions::revoke))
        .route_layer(from_fn(deadline::answer))
        .route_layer(map_response(authenticate::vary));
    let routes = health_routes()
        .merge(sessions)
        .fallback(not_found)
        .method_not_allowed_fallback(method_not_allowed)
        .layer(from_fn_with_state(Arc::clone(app), cors::answer));
    around(routes, app)
}

/// The admin side: what operators and login systems call, on a port of its own.
pub fn admin(app: &Arc<App>) -> Router {
    let administration = Router::new()
        .route("/admin/sessions", get(operators::list).post(operators::bulk))
        .route("/admin/sessions/{id}", get(operators::get).delete(operators::disable))
        .route("/admin/sessions/{id}/extend", patch(operators::extend))
        .route("/admin/identities/{id}", patch(operators::change).delete(operators::delete))
        .route(
            "/admin/identities/{id}/sessions",
            get(operators::list_of_identity)
                .merge(post(operators::issue))
                .delete(operators::delete_sessions),
        )
        .route_layer(from_fn(deadline::answer))
        .route_layer(from_fn(deadline::body))
        .route_layer(from_fn_with_state(Arc::clone(app), operators::authorize));
    let routes = health_routes()
        .route("/version", get(health::version))
        .merge(administration)
        .fallback(not_found)
        .method_not_allowed_fallback(method_not_allowed);
    around(routes, app)
}

fn health_routes() -> Router<Arc<App>> {
    Router::new()
        .route("/health/alive", get(health::alive))
        .route("/health/ready", get(health::ready))
        .route_layer(from_fn(deadline::answer))
}

/// What holds for every answer, whatever the route; the last one is outermost.
fn around(routes: Router<Arc<App>>, app: &Arc<App>) -> Router {
    routes
        .layer(CatchPanicLayer::custom(error::from_panic))
        .layer(map_response(no_store))
        .layer(from_fn(log::log))
        .with_state(Arc::clone(app))
}

/// Every answer is of one caller and of one moment.
async fn no_store(mut response: Response) -> Response {
    const NO_STORE: HeaderValue =
        HeaderValue::from_static("private, no-cache, no-store, must-revalidate");
    response.headers_mut().insert(CACHE_CONTROL, NO_STORE);
    response
}

async fn not_found() -> ApiError {
    ApiError::not_found()
}

async fn method_not_allowed() -> ApiError {
    ApiError::method_not_allowed()
}
