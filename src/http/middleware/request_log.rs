//! One line a request, under an id that the answer carries too.

mod line;

use std::sync::Arc;
use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use tracing::Instrument as _;
use tracing::field::Empty;
use uuid::Uuid;

use crate::http::AppState;
use crate::http::middleware::trace_context::TraceContext;
use crate::http::response::error::Cause;
use line::Line;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const MAX_ID_LENGTH: usize = 64;

/// Of which listener the requests are.
#[derive(Clone)]
pub(in crate::http) struct Side {
    name: &'static str,
    app: Arc<AppState>,
}

impl Side {
    pub(in crate::http) fn new(app: &Arc<AppState>, name: &'static str) -> Self {
        Self { name, app: Arc::clone(app) }
    }
}

/// Gives the request an id, and writes its line when it is answered: with its route, as a
/// path, a query or a header may hold an id or a secret.
pub(in crate::http) async fn log(
    State(side): State<Side>,
    mut request: Request,
    next: Next,
) -> Response {
    let id = request_id(&request);
    // Of the level of errors, so that their lines have the id whatever is logged.
    let span =
        tracing::error_span!("request", id = id.to_str().unwrap_or_default(), trace_id = Empty,);
    if let Some(context) = TraceContext::of(request.headers()) {
        context.follow_in(&span);
    }
    let route = request.extensions_mut().remove::<MatchedPath>();
    let line = Line::of(&request, route.as_ref(), &side.app);
    let began = Instant::now();
    async move {
        let mut response = next.run(request).await;
        let took = began.elapsed();
        let cause = response.extensions_mut().remove::<Cause>();
        #[cfg(feature = "otlp")]
        crate::logging::otlp::describe(
            &tracing::Span::current(),
            line.method,
            route.as_ref(),
            response.status(),
        );
        line.write(route.as_ref(), response.status(), took, cause, &side.app.pseudonyms);
        side.app.metrics.answered(side.name, route, line.method, response.status(), took);
        response.headers_mut().insert(REQUEST_ID, id);
        response
    }
    .instrument(span)
    .await
}

/// The caller's own, where it is short and of harmless characters, so that it
/// can stand in a log; otherwise a random one.
fn request_id(request: &Request) -> HeaderValue {
    let harmless = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:".contains(&byte);
    let fits = |id: &HeaderValue| {
        (1..=MAX_ID_LENGTH).contains(&id.len()) && id.as_bytes().iter().all(|byte| harmless(*byte))
    };
    request.headers().get(REQUEST_ID).filter(|id| fits(id)).cloned().unwrap_or_else(|| {
        let mut text = [0; uuid::fmt::Hyphenated::LENGTH];
        let id = Uuid::new_v4().hyphenated().encode_lower(&mut text);
        HeaderValue::from_str(id).unwrap_or_else(|_| HeaderValue::from_static("unknown"))
    })
}
