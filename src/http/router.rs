//! All routes of the public API and of the admin API.

use std::sync::Arc;

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::{MethodRouter, delete, get, patch, post};
use tower::util::MapResponseLayer;
use tower_http::catch_panic::CatchPanicLayer;

use crate::http::extract::authenticate;
use crate::http::middleware::concurrency_limit;
use crate::http::middleware::concurrency_limit::ConcurrencyLimit;
use crate::http::middleware::request_log::Listener;
use crate::http::middleware::{cors, detached, request_log, response_headers, timeout};
use crate::http::response::error;
use crate::http::response::error::ApiError;
use crate::http::{
    AppState, admin as admin_endpoints, health, openapi, public as public_endpoints, ui,
};

/// The router of the public API, for browsers, apps and gateways.
pub fn public(app: &Arc<AppState>) -> Router {
    let limiter = (Arc::clone(app), limiter(app, "public"));
    let limits = (
        MapResponseLayer::new(authenticate::vary),
        from_fn_with_state(limiter, concurrency_limit::limit_in_time),
    );
    let sessions = Router::new()
        .route(
            "/sessions",
            get(public_endpoints::list).merge(writes(app, delete(public_endpoints::revoke_others))),
        )
        .route("/sessions/whoami", get(public_endpoints::whoami))
        .route("/sessions/{id}", writes(app, delete(public_endpoints::revoke)))
        .route_layer(limits.clone());
    let pages = ui::around(ui::routes(app).route_layer(limits), app);
    let mut routes =
        health_routes(app).route("/openapi.json", get(openapi::of_public)).merge(sessions);
    if app.has_page {
        routes = routes.merge(pages).merge(ui::assets());
    }
    let routes = routes
        .fallback(not_found)
        .method_not_allowed_fallback(method_not_allowed)
        .layer(from_fn_with_state(Arc::clone(app), cors::answer));
    let routes = if app.has_tls {
        routes.layer(MapResponseLayer::new(response_headers::tls_only))
    } else {
        routes
    };
    with_common_layers(routes, app, "public")
}

/// The router of the admin API, for operators and login systems, on a listener of its own.
pub fn admin(app: &Arc<AppState>) -> Router {
    let sessions_and_identities = Router::new()
        .route(
            "/admin/sessions",
            get(admin_endpoints::list).merge(writes(app, post(admin_endpoints::bulk))),
        )
        .route(
            "/admin/sessions/{id}",
            get(admin_endpoints::get).merge(writes(app, delete(admin_endpoints::disable))),
        )
        .route("/admin/sessions/{id}/extend", writes(app, patch(admin_endpoints::extend)))
        .route(
            "/admin/identities/{id}",
            writes(app, patch(admin_endpoints::change).delete(admin_endpoints::delete)),
        )
        .route(
            "/admin/identities/{id}/sessions",
            get(admin_endpoints::list_of_identity).merge(writes(
                app,
                post(admin_endpoints::issue).delete(admin_endpoints::delete_sessions),
            )),
        )
        .route_layer((
            from_fn_with_state(limiter(app, "admin"), concurrency_limit::limit),
            from_fn_with_state(Arc::clone(app), admin_endpoints::authorize),
            from_fn_with_state(Arc::clone(app), timeout::body),
            from_fn_with_state(Arc::clone(app), timeout::answer),
        ));
    let routes = health_routes(app)
        .route("/openapi.json", get(openapi::of_admin))
        .route("/version", get(health::version))
        .route("/metrics/prometheus", get(health::metrics))
        .merge(sessions_and_identities)
        .fallback(not_found)
        .method_not_allowed_fallback(method_not_allowed);
    with_common_layers(routes, app, "admin")
}

fn health_routes(app: &Arc<AppState>) -> Router<Arc<AppState>> {
    Router::new()
        .route("/health/alive", get(health::alive))
        .route("/health/ready", get(health::ready))
        .route_layer(from_fn_with_state(Arc::clone(app), timeout::answer))
}

fn limiter(app: &AppState, listener: &'static str) -> Arc<ConcurrencyLimit> {
    ConcurrencyLimit::new(&app.limits, app.metrics.requests(listener))
}

/// Adds the layers of every route, the outermost one first. They form a single axum layer,
/// because axum clones everything inside a layer for each request.
fn with_common_layers(
    routes: Router<Arc<AppState>>,
    app: &Arc<AppState>,
    listener: &'static str,
) -> Router {
    let state = Arc::clone(app);
    routes
        .layer((
            from_fn_with_state(Listener::new(app, listener), request_log::log),
            MapResponseLayer::new(move |response| {
                response_headers::of_every_answer(&state, response)
            }),
            CatchPanicLayer::custom(error::from_panic),
        ))
        .with_state(Arc::clone(app))
}

/// Makes an endpoint that may write complete its work even if its client hangs up.
pub(super) fn writes(
    app: &Arc<AppState>,
    endpoint: MethodRouter<Arc<AppState>>,
) -> MethodRouter<Arc<AppState>> {
    endpoint.route_layer(from_fn_with_state(Arc::clone(app), detached::to_its_end))
}

async fn not_found() -> ApiError {
    ApiError::not_found()
}

async fn method_not_allowed() -> ApiError {
    ApiError::method_not_allowed()
}
