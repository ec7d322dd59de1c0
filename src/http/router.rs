//! All routes of the public API and of the admin API, with their layers.

use std::sync::Arc;

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::MethodRouter;
use tower::layer::layer_fn;
use tower::util::MapResponseLayer;
use tower_http::catch_panic::CatchPanicLayer;

use crate::authentication::CookieCodec;
use crate::config::BaseUrl;
use crate::http::extract::credential;
use crate::http::middleware::authorize::{OperatorAccess, authorize};
use crate::http::middleware::concurrency_limit::{ConcurrencyLimit, EndpointLimit};
use crate::http::middleware::cors::{AllowedOrigins, Cors};
use crate::http::middleware::host::RequiredHost;
use crate::http::middleware::known_parameters::KnownParameters;
use crate::http::middleware::request_log::RequestLog;
use crate::http::middleware::timeout::{BodyLimits, RequestTimeout};
use crate::http::middleware::{
    concurrency_limit, cors, detached, known_parameters, request_log, response_headers, timeout,
};
use crate::http::openapi::Api;
use crate::http::response::error::ApiError;
use crate::http::response::error::causes::from_panic;
use crate::http::shutdown::Shutdown;
use crate::http::state::AppState;
use crate::http::ui::shell::Ui;
use crate::http::{
    admin as admin_endpoints, clean_path, health, openapi, public as public_endpoints, ui,
};
use crate::metrics::Metrics;

/// The maximum size of a body on the public API, in bytes. Bodies are those of people, and small.
const MAX_PUBLIC_BODY: u32 = 8 * 1024;

/// The router of the public API, for browsers, apps and gateways.
///
/// Further routes of the program itself have the layers that every route has.
pub fn public(state: &AppState, further: Router<AppState>) -> Router {
    let settings = state.settings();
    let limiter = limiter(state, "public");
    let limits = |only_reads| {
        let limit = EndpointLimit { limiter: Arc::clone(&limiter), only_reads };
        let limit = (limit, request_timeout(state));
        (
            MapResponseLayer::new(credential::vary),
            from_fn_with_state(limit, concurrency_limit::limit_in_time),
        )
    };
    let (reads, described_reads) = public_endpoints::reads().split_for_parts();
    let (writes, described_writes) = public_endpoints::writes().split_for_parts();
    let cors = Cors {
        origins: state.part::<Arc<AllowedOrigins>>(),
        methods: openapi::methods(&[described_reads, described_writes]),
        request_headers: settings.request_headers.clone(),
    };
    let body_limits =
        BodyLimits { max_bytes: MAX_PUBLIC_BODY, timeout: settings.limits.body_timeout };
    let writes = detached(state, writes)
        .route_layer(from_fn_with_state(body_limits, timeout::body))
        .route_layer(limits(false));
    let sessions = reads.route_layer(limits(true)).merge(writes);
    let mut routes =
        probes(state).route("/openapi.json", description(state, Api::Public)).merge(sessions);
    if settings.has_page {
        let forms = detached(state, ui::writes())
            .route_layer(from_fn_with_state(body_limits, timeout::body))
            .route_layer(limits(false));
        let pages = ui::reads().route_layer(limits(true)).merge(forms);
        let in_html = from_fn_with_state(state.part::<Arc<Ui>>(), ui::in_html);
        routes = routes.merge(pages.route_layer(in_html)).merge(ui::assets());
    }
    if further.has_routes() {
        routes = routes.merge(detached(state, further).route_layer(limits(false)));
    }
    let routes = routes
        .fallback(clean_path::redirect)
        .method_not_allowed_fallback(method_not_allowed)
        .layer(from_fn_with_state(Arc::new(cors), cors::answer));
    let routes = if settings.has_tls {
        routes.layer(MapResponseLayer::new(response_headers::tls_only))
    } else {
        routes
    };
    with_common_layers(routes, state, "public")
}

/// The router of the admin API, for operators and login systems, on a listener of its own.
pub fn admin(state: &AppState) -> Router {
    let limits = &state.settings().limits;
    let body_limits = BodyLimits { max_bytes: limits.max_body_bytes, timeout: limits.body_timeout };
    let limiter = limiter(state, "admin");
    // Without the request timeout: the responses of streams last.
    let lasting = |only_reads| {
        let limit = EndpointLimit { limiter: Arc::clone(&limiter), only_reads };
        (
            from_fn_with_state(limit, concurrency_limit::limit),
            from_fn_with_state(state.part::<Arc<OperatorAccess>>(), authorize),
            from_fn_with_state(body_limits, timeout::body),
        )
    };
    let layers = |only_reads| {
        (lasting(only_reads), from_fn_with_state(request_timeout(state), timeout::answer))
    };
    let (reads, described_reads) = admin_endpoints::reads().split_for_parts();
    let (writes, described_writes) = admin_endpoints::writes().split_for_parts();
    let (streams, described_streams) = admin_endpoints::streams().split_for_parts();
    let known = KnownParameters::of(&[described_reads, described_writes, described_streams]);
    // Kratos passes over unknown parameters, and its clients may rely on that.
    let strict = |routes: Router<AppState>| {
        let check = from_fn_with_state(Arc::clone(&known), known_parameters::check);
        if state.settings().is_own_schema { routes.route_layer(check) } else { routes }
    };
    let reads = strict(reads).route_layer(layers(true));
    let writes = detached(state, strict(writes)).route_layer(layers(false));
    let streams = strict(streams).route_layer(lasting(true));
    let sessions_and_identities = reads.merge(writes).merge(streams);
    let (monitoring, _) = health::monitoring().split_for_parts();
    let routes = probes(state)
        .route("/openapi.json", description(state, Api::Admin))
        .merge(monitoring)
        .merge(sessions_and_identities)
        .fallback(not_found)
        .method_not_allowed_fallback(method_not_allowed);
    with_common_layers(routes, state, "admin")
}

fn probes(state: &AppState) -> Router<AppState> {
    let (probes, _) = health::probes().split_for_parts();
    probes.route_layer(from_fn_with_state(request_timeout(state), timeout::answer))
}

fn description(state: &AppState, api: Api) -> MethodRouter<AppState> {
    let cookies = state.part::<Arc<CookieCodec>>();
    openapi::endpoint(api, state.part::<Arc<BaseUrl>>(), cookies.accepted_name().map(str::to_owned))
}

fn limiter(state: &AppState, listener: &'static str) -> Arc<ConcurrencyLimit> {
    let metrics = state.part::<Arc<Metrics>>().requests(listener);
    ConcurrencyLimit::new(&state.settings().limits, metrics)
}

fn request_timeout(state: &AppState) -> RequestTimeout {
    RequestTimeout(state.settings().limits.request_timeout)
}

/// Makes endpoints that may write complete their work even if their client hangs up.
fn detached(state: &AppState, writes: Router<AppState>) -> Router<AppState> {
    let shutdown = state.part::<Arc<Shutdown>>();
    writes.route_layer(from_fn_with_state(shutdown, detached::to_its_end))
}

/// Adds the layers of every route, the outermost one first. They form a single axum layer,
/// because axum clones everything inside a layer for each request.
fn with_common_layers(
    routes: Router<AppState>,
    state: &AppState,
    listener: &'static str,
) -> Router {
    let log = Arc::new(RequestLog {
        listener,
        trusted_proxies: state.part(),
        pseudonyms: state.settings().pseudonyms.clone(),
        metrics: state.part(),
    });
    let shutdown = state.part::<Arc<Shutdown>>();
    routes
        .layer((
            from_fn_with_state(log, request_log::log),
            MapResponseLayer::new(move |response| {
                response_headers::add_common(&shutdown, response)
            }),
            CatchPanicLayer::custom(from_panic),
            layer_fn(RequiredHost),
        ))
        .with_state(state.clone())
}

async fn not_found() -> ApiError {
    ApiError::not_found()
}

async fn method_not_allowed() -> ApiError {
    ApiError::method_not_allowed()
}
