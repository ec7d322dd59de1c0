//! The requests of a connection, counted by its service and read by its stream.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::task::{Context, Poll};

use http::{Request, Version};
use pin_project_lite::pin_project;
use tower_service::Service;

use crate::client_ip::Connection;

/// Counts the requests of a connection.
#[derive(Debug, Default)]
pub(super) struct RequestCounter {
    count: AtomicU32,
    /// The number of those that are answered or cancelled.
    done: AtomicU32,
    /// HTTP/2 frames arrive at any time, so bytes do not imply the headers of a request.
    is_http2: AtomicBool,
}

impl RequestCounter {
    pub(super) fn count(&self) -> u32 {
        self.count.load(Ordering::Relaxed)
    }

    pub(super) fn done(&self) -> u32 {
        self.done.load(Ordering::Relaxed)
    }

    pub(super) fn are_http2(&self) -> bool {
        self.is_http2.load(Ordering::Relaxed)
    }
}

/// Counts requests for the stream, and adds the connection to each request's extensions.
#[derive(Debug, Clone)]
pub(super) struct TrackedService<S> {
    service: S,
    connection: Arc<Connection>,
    counter: Arc<RequestCounter>,
}

impl<S> TrackedService<S> {
    pub(super) fn new(
        service: S,
        connection: Arc<Connection>,
        counter: Arc<RequestCounter>,
    ) -> Self {
        Self { service, connection, counter }
    }
}

impl<S, B> Service<Request<B>> for TrackedService<S>
where
    S: Service<Request<B>>,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = ResponseFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.service.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<B>) -> ResponseFuture<S::Future> {
        if request.version() == Version::HTTP_2 {
            self.counter.is_http2.store(true, Ordering::Relaxed);
        }
        self.counter.count.fetch_add(1, Ordering::Relaxed);
        request.extensions_mut().insert(Arc::clone(&self.connection));
        let done = DoneGuard(Arc::clone(&self.counter));
        ResponseFuture { response: self.service.call(request), _done: done }
    }
}

pin_project! {
    /// The response of a request. Dropping it, complete or cancelled, marks the request
    /// as done.
    #[derive(Debug)]
    pub(in crate::server) struct ResponseFuture<F> {
        #[pin]
        response: F,
        _done: DoneGuard,
    }
}

impl<F: Future> Future for ResponseFuture<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        self.project().response.poll(cx)
    }
}

#[derive(Debug)]
struct DoneGuard(Arc<RequestCounter>);

impl Drop for DoneGuard {
    fn drop(&mut self) {
        self.0.done.fetch_add(1, Ordering::Relaxed);
    }
}
