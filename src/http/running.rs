//! How many requests there are at a time.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use prometheus_client::metrics::gauge::Gauge;

use super::error::ApiError;

/// The requests of one side that are not answered yet.
pub(super) struct Running {
    count: AtomicU32,
    most: u32,
    gauge: Gauge,
}

impl Running {
    pub(super) fn new(most: u32, gauge: Gauge) -> Arc<Self> {
        Arc::new(Self { count: AtomicU32::new(0), most, gauge })
    }
}

/// One of them, also if nobody waits for its answer any more.
struct One(Arc<Running>);

impl One {
    fn begin(running: Arc<Running>) -> (Self, bool) {
        let others = running.count.fetch_add(1, Ordering::Relaxed);
        running.gauge.inc();
        let is_too_many = others >= running.most;
        (Self(running), is_too_many)
    }
}

impl Drop for One {
    fn drop(&mut self) {
        self.0.count.fetch_sub(1, Ordering::Relaxed);
        self.0.gauge.dec();
    }
}

/// Answers with 503 at once where there are too many.
pub(super) async fn limit(
    State(running): State<Arc<Running>>,
    request: Request,
    next: Next,
) -> Response {
    let (_one, is_too_many) = One::begin(running);
    if is_too_many {
        return ApiError::overloaded().into_response();
    }
    next.run(request).await
}
