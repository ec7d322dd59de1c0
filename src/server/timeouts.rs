//! How long a client is waited for.
//!
//! hyper's limit for the head of a request runs while nothing of it was sent, too,
//! and there is none for HTTP/2 nor for who does not read. So the stream itself
//! knows what its connection is doing, and fails once that has taken too long.

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

/// How long a connection may take.
#[derive(Debug, Clone, Copy)]
pub(super) struct Timeouts {
    head: Duration,
    idle: Duration,
}

impl Timeouts {
    pub(super) fn new(limits: &Limits) -> Self {
        Self { head: limits.header_timeout, idle: limits.idle_timeout }
    }
}

/// What a connection is doing.
#[derive(Debug, Clone, Copy)]
enum ConnectionState {
    /// The head of a request comes, from then on.
    Head(Instant),
    /// A request has come, and its answer has not gone.
    Answer,
    Nothing,
}

/// A stream that fails when its client's time is up.
#[derive(Debug)]
pub(super) struct Stream<S> {
    inner: S,
    patience: Timeouts,
    arrivals: Arc<RequestCounter>,
    connection: Arc<Connection>,
    seen: u32,
    doing: ConnectionState,
    last_request: Instant,
    /// When to look whether responses wait that the client does not read.
    next_generation: Instant,
    timer: Pin<Box<Sleep>>,
    _permit: Permit,
}

/// Makes both ends of it.
pub(super) fn watch<S, T>(
    stream: S,
    service: T,
    peer: Peer,
    patience: Timeouts,
    permit: Permit,
) -> (Stream<S>, TrackedService<T>) {
    let arrivals = Arc::new(RequestCounter::default());
    let connection = Arc::new(Connection::new(peer, permit.usage()));
    let service = TrackedService::new(service, Arc::clone(&connection), Arc::clone(&arrivals));
    let now = Instant::now();
    let stream = Stream {
        inner: stream,
        patience,
        arrivals,
        connection,
        seen: 0,
        // Who connects and says nothing is no better than who says half of it.
        doing: ConnectionState::Head(now),
        last_request: now,
        next_generation: now + patience.idle,
        timer: Box::pin(sleep_until(now + patience.head)),
        _permit: permit,
    };
    (stream, service)
}

impl<S> Stream<S> {
    fn look(&mut self) {
        let count = self.arrivals.count();
        if count != self.seen {
            self.seen = count;
            self.doing = ConnectionState::Answer;
            self.last_request = Instant::now();
        }
    }

    /// Whether all requests that came are answered.
    fn is_done(&self) -> bool {
        self.arrivals.done() == self.seen
    }

    fn has_read(&mut self) {
        self.look();
        let is_idle = matches!(self.doing, ConnectionState::Nothing) && self.is_done();
        if is_idle && !self.arrivals.are_http2() {
            self.doing = ConnectionState::Head(Instant::now());
        }
    }

    fn has_written(&mut self) {
        self.look();
        // Before that, it is asked to go on with a body.
        if matches!(self.doing, ConnectionState::Answer) && self.is_done() {
            self.doing = ConnectionState::Nothing;
        }
    }

    fn due(&self) -> Instant {
        match self.doing {
            ConnectionState::Head(since) => since + self.patience.head,
            ConnectionState::Answer | ConnectionState::Nothing => {
                self.last_request + self.patience.idle
            }
        }
    }

    /// Whether a response has waited for too long while the client went on with others
    /// on the same connection, which HTTP/2 allows. Proxies are not judged by it: others
    /// would lose their requests for the one who does not read.
    fn is_unread(&mut self, now: Instant) -> bool {
        if now < self.next_generation {
            return false;
        }
        self.next_generation = now + self.patience.idle;
        !self.connection.next_generation() && self.connection.usage.is_some()
    }

    /// While the client has to do something.
    fn wait(&mut self, cx: &mut Context<'_>) -> io::Result<()> {
        self.look();
        let due = self.due().min(self.next_generation);
        if due < self.timer.deadline() {
            self.timer.as_mut().reset(due);
        }
        while self.timer.as_mut().poll(cx).is_ready() {
            let now = Instant::now();
            if self.due() <= now || self.is_unread(now) {
                return Err(io::ErrorKind::TimedOut.into());
            }
            let due = self.due().min(self.next_generation);
            self.timer.as_mut().reset(due);
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
            Poll::Pending => match self.wait(cx) {
                // As if it had hung up itself, so that the end is an orderly one.
                Err(_) if matches!(self.doing, ConnectionState::Nothing) => {
                    return Poll::Ready(Ok(()));
                }
                waited => waited?,
            },
            Poll::Ready(Ok(())) if buffer.filled().len() > before => self.has_read(),
            Poll::Ready(_) => {}
        }
        read
    }
}

impl<S: AsyncWrite + Unpin> Stream<S> {
    fn written<T>(
        &mut self,
        written: Poll<io::Result<T>>,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<T>> {
        match written {
            Poll::Pending => self.wait(cx)?,
            Poll::Ready(Ok(_)) => self.has_written(),
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
        self.written(written, cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.inner).poll_write_vectored(cx, slices);
        self.written(written, cx)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.inner).poll_flush(cx);
        if flushed.is_pending() {
            self.wait(cx)?;
        }
        flushed
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let shut = Pin::new(&mut self.inner).poll_shutdown(cx);
        if shut.is_pending() {
            self.wait(cx)?;
        }
        shut
    }
}
