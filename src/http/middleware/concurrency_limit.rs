//! Limits on concurrent requests and on the memory that their responses hold.
//!
//! A request counts until the last byte of its response is handed to the operating system. A
//! client that does not read its response holds memory just like one that waits for it.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

use crate::client_ip::{ClientUsage, Connection, Generation};
use crate::config::Limits;
use crate::http::middleware::timeout;
use crate::http::middleware::timeout::RequestTimeout;
use crate::http::response::delivery;
use crate::http::response::error::{ApiError, Overload};
use crate::metrics::RequestMetrics;

/// One client may use a quarter of each limit, so that it cannot exhaust the limit alone.
const CLIENT_SHARE_DIVISOR: u32 = 4;

const TOO_MANY: Overload = Overload::Replica("limits.max_concurrent_requests exceeded");
const TOO_MANY_OF_CLIENT: Overload =
    Overload::Client("one client exceeded its share of limits.max_concurrent_requests");
const TOO_LARGE: Overload = Overload::Replica("limits.max_pending_response_bytes exceeded");
const TOO_LARGE_OF_CLIENT: Overload =
    Overload::Client("one client exceeded its share of limits.max_pending_response_bytes");

/// The limits of one listener. Requests count until their responses are delivered.
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

/// The permit of one request, from its arrival until its response is delivered or its client
/// hangs up.
pub(in crate::http) struct Permit {
    limiter: Arc<ConcurrencyLimit>,
    connection: Option<(Arc<Connection>, Generation)>,
    response_bytes: u32,
}

impl Permit {
    fn take(
        limiter: Arc<ConcurrencyLimit>,
        connection: Option<Arc<Connection>>,
    ) -> Result<Self, Overload> {
        let others = limiter.metrics.in_flight.inc();
        let connection = connection.map(|connection| {
            let generation = connection.arrived();
            (connection, generation)
        });
        let permit = Self { limiter, connection, response_bytes: 0 };
        let of_client = permit.usage().map(|usage| {
            let others = usage.requests.fetch_add(1, Ordering::Relaxed);
            (others, usage.response_bytes.load(Ordering::Relaxed))
        });
        let ConcurrencyLimit { max_requests, max_response_bytes, metrics } = &*permit.limiter;
        if others >= i64::from(*max_requests) {
            return Err(TOO_MANY);
        }
        if metrics.pending_response_bytes.get() >= i64::from(*max_response_bytes) {
            return Err(TOO_LARGE);
        }
        match of_client {
            Some((others, _)) if others >= client_share(*max_requests) => Err(TOO_MANY_OF_CLIENT),
            Some((_, bytes)) if bytes >= client_share(*max_response_bytes).into() => {
                Err(TOO_LARGE_OF_CLIENT)
            }
            _ => Ok(permit),
        }
    }

    /// `None` for trusted proxies and Unix sockets, which act for many clients.
    fn usage(&self) -> Option<&ClientUsage> {
        self.connection.as_ref()?.0.usage.as_deref()
    }

    /// Counts the memory that the response holds. A response is always accepted if no other one
    /// is pending, however large it is.
    fn reserve(&mut self, bytes: u32) -> Result<(), Overload> {
        self.response_bytes = bytes;
        let ConcurrencyLimit { max_response_bytes, metrics, .. } = &*self.limiter;
        let others = metrics.pending_response_bytes.inc_by(bytes.into());
        let of_client = self
            .usage()
            .map_or(0, |usage| usage.response_bytes.fetch_add(bytes.into(), Ordering::Relaxed));
        if others > 0 && others + i64::from(bytes) > i64::from(*max_response_bytes) {
            return Err(TOO_LARGE);
        }
        let max = u64::from(client_share(*max_response_bytes));
        if of_client > 0 && of_client + u64::from(bytes) > max {
            return Err(TOO_LARGE_OF_CLIENT);
        }
        Ok(())
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let metrics = &self.limiter.metrics;
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

fn client_share(limit: u32) -> u32 {
    (limit / CLIENT_SHARE_DIVISOR).max(1)
}

/// The limits for endpoints that only read, or for those that may write.
#[derive(Clone)]
pub(in crate::http) struct EndpointLimit {
    pub limiter: Arc<ConcurrencyLimit>,
    /// The response of a write is always sent: the write has happened by then.
    pub only_reads: bool,
}

/// Applies the limits. Requests beyond them receive 503 at once.
pub(in crate::http) async fn limit(
    State(limit): State<EndpointLimit>,
    request: Request,
    next: Next,
) -> Response {
    let permit = take_permit(limit.limiter, &request);
    hold_permit(permit, limit.only_reads, next.run(request)).await
}

/// Applies the limits and the request timeout. The two are combined in one middleware because
/// the hot path has both, and their overhead must not be noticeable there.
pub(in crate::http) async fn limit_in_time(
    State((limit, request_timeout)): State<(EndpointLimit, RequestTimeout)>,
    request: Request,
    next: Next,
) -> Response {
    let permit = take_permit(limit.limiter, &request);
    let response = timeout::in_time(request_timeout, next.run(request));
    hold_permit(permit, limit.only_reads, response).await
}

fn take_permit(limiter: Arc<ConcurrencyLimit>, request: &Request) -> Result<Permit, Overload> {
    let connection = request.extensions().get::<Arc<Connection>>().cloned();
    Permit::take(limiter, connection)
}

async fn hold_permit(
    permit: Result<Permit, Overload>,
    only_reads: bool,
    response: impl Future<Output = Response>,
) -> Response {
    let mut permit = match permit {
        Ok(permit) => permit,
        Err(overload) => return ApiError::overloaded(overload).into_response(),
    };
    let mut response = response.await;
    match permit.reserve(delivery::held_bytes(&mut response)) {
        // The response of a write is small.
        Err(overload) if only_reads => ApiError::overloaded(overload).into_response(),
        _ => delivery::with_guard(response, permit),
    }
}
