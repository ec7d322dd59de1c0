//! How many requests there are at a time.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use prometheus_client::metrics::gauge::Gauge;

use super::error::ApiError;
use super::{App, deadline};

/// The requests of one side that are not answered yet.
pub(super) struct Running {
    most: u32,
    count: Gauge,
}

impl Running {
    pub(super) fn new(most: u32, count: Gauge) -> Arc<Self> {
        Arc::new(Self { most, count })
    }
}

/// One of them, also if nobody waits for its answer any more.
struct One(Arc<Running>);

impl One {
    fn begin(running: Arc<Running>) -> (Self, bool) {
        let others = running.count.inc();
        let is_too_many = others >= i64::from(running.most);
        (Self(running), is_too_many)
    }
}

impl Drop for One {
    fn drop(&mut self) {
        self.0.count.dec();
    }
}

/// Answers with 503 at once where there are too many.
pub(super) async fn limit(
    State(running): State<Arc<Running>>,
    request: Request,
    next: Next,
) -> Response {
    hold(running, next.run(request)).await
}

/// The same, and in time: in one, as the hot path has both, and no limit may be felt there.
pub(super) async fn limit_in_time(
    State((app, running)): State<(Arc<App>, Arc<Running>)>,
    request: Request,
    next: Next,
) -> Response {
    hold(running, deadline::in_time(&app, next.run(request))).await
}

async fn hold(running: Arc<Running>, answer: impl Future<Output = Response>) -> Response {
    let (_one, is_too_many) = One::begin(running);
    if is_too_many { ApiError::overloaded().into_response() } else { answer.await }
}
