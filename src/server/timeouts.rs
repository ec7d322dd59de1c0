//! Connection timeouts: header, idle and write.
//!
//! hyper's header timeout also runs while a client has sent nothing of a request. hyper has
//! no such timeout for HTTP/2, nor for clients that do not read. The stream therefore tracks
//! the state of its connection, and fails once a state has lasted too long.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep_until};

use crate::client_ip::{Connection, Peer};
use crate::config::Limits;
use crate::server::connection_limit::Permit;
use crate::server::in_flight::{RequestCounter, TrackedService};

/// The timeouts of a connection.
#[derive(Debug, Clone, Copy)]
pub(super) struct Timeouts {
    header: Duration,
    idle: Duration,
}

impl Timeouts {
    pub(super) fn new(limits: &Limits) -> Self {
        Self { header: limits.header_timeout, idle: limits.idle_timeout }
    }
}

/// The state of a connection.
#[derive(Debug, Clone, Copy)]
enum ConnectionState {
    /// The client is sending the headers of a request, since that instant.
    Headers(Instant),
    /// A request has arrived, and its response is not written yet.
    Response,
    Idle,
}

/// A stream that fails when its client exceeds a timeout.
#[derive(Debug)]
pub(super) struct Stream<S> {
    inner: S,
    timeouts: Timeouts,
    requests: Arc<RequestCounter>,
    connection: Arc<Connection>,
    seen_requests: u32,
    state: ConnectionState,
    last_request: Instant,
    /// The time of the next check for responses that the client does not read.
    next_generation: Instant,
    timer: Pin<Box<Sleep>>,
    _permit: Permit,
}

/// Wraps a stream and its service. The service reports requests to the stream.
pub(super) fn watch<S, T>(
    stream: S,
    service: T,
    peer: Peer,
    timeouts: Timeouts,
    permit: Permit,
) -> (Stream<S>, TrackedService<T>) {
    let requests = Arc::new(RequestCounter::default());
    let connection = Arc::new(Connection::new(peer, permit.usage()));
    let service = TrackedService::new(service, Arc::clone(&connection), Arc::clone(&requests));
    let now = Instant::now();
    let stream = Stream {
        inner: stream,
        timeouts,
        requests,
        connection,
        seen_requests: 0,
        // A silent client counts as one that has sent a part of its headers.
        state: ConnectionState::Headers(now),
        last_request: now,
        next_generation: now + timeouts.idle,
        timer: Box::pin(sleep_until(now + timeouts.header)),
        _permit: permit,
    };
    (stream, service)
}

impl<S> Stream<S> {
    fn update(&mut self) {
        let count = self.requests.count();
        if count != self.seen_requests {
            self.seen_requests = count;
            self.state = ConnectionState::Response;
            self.last_request = Instant::now();
        }
    }

    /// Returns true if all requests that arrived are answered.
    fn is_done(&self) -> bool {
        self.requests.done() == self.seen_requests
    }

    fn on_read(&mut self) {
        self.update();
        let is_idle = matches!(self.state, ConnectionState::Idle) && self.is_done();
        if is_idle && !self.requests.are_http2() {
            self.state = ConnectionState::Headers(Instant::now());
        }
    }

    fn on_write(&mut self) {
        self.update();
        // Bytes written earlier may be a 100 Continue, which asks for the body.
        if matches!(self.state, ConnectionState::Response) && self.is_done() {
            self.state = ConnectionState::Idle;
        }
        // The response of a stream lasts as long as its client takes it.
        if self.connection.has_stream() {
            self.last_request = Instant::now();
        }
    }

    fn deadline(&self) -> Instant {
        match self.state {
            ConnectionState::Headers(since) => since + self.timeouts.header,
            ConnectionState::Response | ConnectionState::Idle => {
                self.last_request + self.timeouts.idle
            }
        }
    }

    /// Returns true if a response has been pending for too long while the client continued
    /// with other requests on the same connection, which HTTP/2 allows. Proxies are exempt:
    /// one client that does not read would cost others their requests.
    fn is_unread(&mut self, now: Instant) -> bool {
        if now < self.next_generation {
            return false;
        }
        self.next_generation = now + self.timeouts.idle;
        let is_unread = !self.connection.next_generation();
        is_unread && self.connection.usage.is_some() && !self.connection.has_stream()
    }

    /// Checks the timeouts while the connection waits for its client.
    fn check_timeouts(&mut self, cx: &mut Context<'_>) -> io::Result<()> {
        self.update();
        let deadline = self.deadline().min(self.next_generation);
        if deadline < self.timer.deadline() {
            self.timer.as_mut().reset(deadline);
        }
        while self.timer.as_mut().poll(cx).is_ready() {
            let now = Instant::now();
            if self.deadline() <= now || self.is_unread(now) {
                return Err(io::ErrorKind::TimedOut.into());
            }
            let deadline = self.deadline().min(self.next_generation);
            self.timer.as_mut().reset(deadline);
        }
        Ok(())
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Stream<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.inner).poll_read(cx, buffer);
        match read {
            Poll::Pending => match self.check_timeouts(cx) {
                // Reported as an end of stream, so that hyper closes the connection in order.
                Err(_) if matches!(self.state, ConnectionState::Idle) => {
                    return Poll::Ready(Ok(()));
                }
                checked => checked?,
            },
            Poll::Ready(Ok(())) if buffer.filled().len() > before => self.on_read(),
            Poll::Ready(_) => {}
        }
        read
    }
}

impl<S: AsyncWrite + Unpin> Stream<S> {
    fn after_write<T>(
        &mut self,
        written: Poll<io::Result<T>>,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<T>> {
        match written {
            Poll::Pending => self.check_timeouts(cx)?,
            Poll::Ready(Ok(_)) => self.on_write(),
            Poll::Ready(Err(_)) => {}
        }
        written
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Stream<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.inner).poll_write(cx, bytes);
        self.after_write(written, cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.inner).poll_write_vectored(cx, slices);
        self.after_write(written, cx)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.inner).poll_flush(cx);
        if flushed.is_pending() {
            self.check_timeouts(cx)?;
        }
        flushed
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let shut = Pin::new(&mut self.inner).poll_shutdown(cx);
        if shut.is_pending() {
            self.check_timeouts(cx)?;
        }
        shut
    }
}
