//! The requests that came over a connection, told to its stream.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::task::{Context, Poll};

use http::{Request, Version};
use pin_project_lite::pin_project;
use tower_service::Service;

use crate::client_ip::Connection;

/// The requests that came over a connection.
#[derive(Debug, Default)]
pub(super) struct RequestCounter {
    count: AtomicU32,
    /// Of those how many are answered, or given up.
    done: AtomicU32,
    /// Frames come at any time there, so that bytes do not make a head.
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

/// Tells the stream of the requests that came, and them of their connection.
#[derive(Debug, Clone)]
pub(super) struct TrackedService<S> {
    service: S,
    connection: Arc<Connection>,
    arrivals: Arc<RequestCounter>,
}

impl<S> TrackedService<S> {
    pub(super) fn new(
        service: S,
        connection: Arc<Connection>,
        arrivals: Arc<RequestCounter>,
    ) -> Self {
        Self { service, connection, arrivals }
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
            self.arrivals.is_http2.store(true, Ordering::Relaxed);
        }
        self.arrivals.count.fetch_add(1, Ordering::Relaxed);
        request.extensions_mut().insert(Arc::clone(&self.connection));
        let done = Done(Arc::clone(&self.arrivals));
        ResponseFuture { answer: self.service.call(request), _done: done }
    }
}

pin_project! {
    /// An answer to be, until it is there or nobody wants it any more.
    #[derive(Debug)]
    pub(in crate::server) struct ResponseFuture<F> {
        #[pin]
        answer: F,
        _done: Done,
    }
}

impl<F: Future> Future for ResponseFuture<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        self.project().answer.poll(cx)
    }
}

#[derive(Debug)]
struct Done(Arc<RequestCounter>);

impl Drop for Done {
    fn drop(&mut self) {
        self.0.done.fetch_add(1, Ordering::Relaxed);
    }
}
