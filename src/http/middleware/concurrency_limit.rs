//! How many requests there are at a time, and what their responses hold in memory.
//!
//! A request counts until the last byte of its response is handed to the operating
//! system: a client that does not read holds memory as well as one that is not answered.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

use crate::client_ip::{ClientUsage, Connection, Generation};
use crate::config::Limits;
use crate::http::AppState;
use crate::http::middleware::timeout;
use crate::http::response::delivery;
use crate::http::response::error::ApiError;
use crate::metrics::RequestMetrics;

/// One client may use this part of what all may, so that it cannot take all of it.
const PART_OF_CLIENT: u32 = 4;

const TOO_MANY: &str = "more requests at a time than limits.max_concurrent_requests";
const TOO_MANY_OF_CLIENT: &str =
    "more requests of one client than its part of limits.max_concurrent_requests";
const TOO_LARGE: &str = "more responses wait than limits.max_pending_response_bytes";
const TOO_LARGE_OF_CLIENT: &str =
    "more responses wait for one client than its part of limits.max_pending_response_bytes";

/// The requests of one listener whose responses are not delivered yet.
pub(in crate::http) struct ConcurrencyLimit {
    max_requests: u32,
    max_response_bytes: u32,
    metrics: RequestMetrics,
}

impl ConcurrencyLimit {
    pub(in crate::http) fn new(limits: &Limits, metrics: RequestMetrics) -> Arc<Self> {
        Arc::new(Self {
            max_requests: limits.max_concurrent_requests,
            max_response_bytes: limits.max_pending_response_bytes,
            metrics,
        })
    }
}

/// Why a request is not answered, for the log.
type Problem = &'static str;

/// A request from its arrival until its response is delivered, or its client hangs up.
pub(in crate::http) struct Permit {
    running: Arc<ConcurrencyLimit>,
    connection: Option<(Arc<Connection>, Generation)>,
    response_bytes: u32,
}

impl Permit {
    fn take(
        running: Arc<ConcurrencyLimit>,
        connection: Option<Arc<Connection>>,
    ) -> Result<Self, Problem> {
        let others = running.metrics.in_flight.inc();
        let connection = connection.map(|connection| {
            let generation = connection.arrived();
            (connection, generation)
        });
        let permit = Self { running, connection, response_bytes: 0 };
        let of_client = permit.usage().map(|usage| {
            let others = usage.requests.fetch_add(1, Ordering::Relaxed);
            (others, usage.response_bytes.load(Ordering::Relaxed))
        });
        let ConcurrencyLimit { max_requests, max_response_bytes, metrics } = &*permit.running;
        if others >= i64::from(*max_requests) {
            return Err(TOO_MANY);
        }
        if metrics.pending_response_bytes.get() >= i64::from(*max_response_bytes) {
            return Err(TOO_LARGE);
        }
        match of_client {
            Some((others, _)) if others >= part_of_client(*max_requests) => Err(TOO_MANY_OF_CLIENT),
            Some((_, bytes)) if bytes >= part_of_client(*max_response_bytes).into() => {
                Err(TOO_LARGE_OF_CLIENT)
            }
            _ => Ok(permit),
        }
    }

    /// `None` for those that come for many.
    fn usage(&self) -> Option<&ClientUsage> {
        self.connection.as_ref()?.0.usage.as_deref()
    }

    /// Counts what the response holds in memory. However large it is, one alone fits.
    fn reserve(&mut self, bytes: u32) -> Result<(), Problem> {
        self.response_bytes = bytes;
        let ConcurrencyLimit { max_response_bytes, metrics, .. } = &*self.running;
        let others = metrics.pending_response_bytes.inc_by(bytes.into());
        let of_client = self
            .usage()
            .map_or(0, |usage| usage.response_bytes.fetch_add(bytes.into(), Ordering::Relaxed));
        if others > 0 && others + i64::from(bytes) > i64::from(*max_response_bytes) {
            return Err(TOO_LARGE);
        }
        let max = u64::from(part_of_client(*max_response_bytes));
        if of_client > 0 && of_client + u64::from(bytes) > max {
            return Err(TOO_LARGE_OF_CLIENT);
        }
        Ok(())
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let metrics = &self.running.metrics;
        metrics.in_flight.dec();
        metrics.pending_response_bytes.dec_by(self.response_bytes.into());
        if let Some(usage) = self.usage() {
            usage.requests.fetch_sub(1, Ordering::Relaxed);
            usage.response_bytes.fetch_sub(self.response_bytes.into(), Ordering::Relaxed);
        }
        if let Some((connection, generation)) = &self.connection {
            connection.delivered(*generation);
        }
    }
}

fn part_of_client(all: u32) -> u32 {
    (all / PART_OF_CLIENT).max(1)
}

/// Answers with 503 at once where there are too many.
pub(in crate::http) async fn limit(
    State(running): State<Arc<ConcurrencyLimit>>,
    request: Request,
    next: Next,
) -> Response {
    let (permit, is_safe) = arrived(running, &request);
    hold(permit, is_safe, next.run(request)).await
}

/// The same, and in time: in one, as the hot path has both, and no limit may be felt there.
pub(in crate::http) async fn limit_in_time(
    State((app, running)): State<(Arc<AppState>, Arc<ConcurrencyLimit>)>,
    request: Request,
    next: Next,
) -> Response {
    let (permit, is_safe) = arrived(running, &request);
    hold(permit, is_safe, timeout::in_time(&app, next.run(request))).await
}

fn arrived(running: Arc<ConcurrencyLimit>, request: &Request) -> (Result<Permit, Problem>, bool) {
    let connection = request.extensions().get::<Arc<Connection>>().cloned();
    (Permit::take(running, connection), request.method().is_safe())
}

async fn hold(
    permit: Result<Permit, Problem>,
    is_safe: bool,
    answer: impl Future<Output = Response>,
) -> Response {
    let mut permit = match permit {
        Ok(permit) => permit,
        Err(problem) => return ApiError::overloaded(problem).into_response(),
    };
    let mut response = answer.await;
    match permit.reserve(delivery::held_bytes(&mut response)) {
        // What was written has happened, and its response is small.
        Err(problem) if is_safe => ApiError::overloaded(problem).into_response(),
        _ => delivery::with_permit(response, permit),
    }
}
