//! The server: listening sockets, connection handling and graceful shutdown.

mod acceptor;
mod connection_limit;
mod decoded_path;
mod in_flight;
mod listeners;
mod timeouts;
mod tls;

use std::io;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::extract::Request;
use axum::{Router, ServiceExt};
use axum_server::{Address, Handle, Server};
use futures_util::future;
use tokio::io::{AsyncRead, AsyncWrite};

pub use acceptor::Acceptors;
pub use listeners::{ListenError, Listener, Listeners};

use crate::config::Limits;
use acceptor::{Acceptor, Socket};
use decoded_path::DecodedPath;

/// The time that requests in flight have to finish once the service stops.
pub const DRAIN: Duration = Duration::from_secs(10);

/// The minimum interval between two log lines about failing to accept connections.
const ACCEPT_WARNING_INTERVAL: Duration = Duration::from_secs(10);

/// Serves both listeners until `shutdown` completes, then waits up to [`DRAIN`] for
/// requests in flight.
pub async fn serve(
    listeners: Listeners,
    public: Router,
    admin: Router,
    acceptors: Acceptors,
    shutdown: impl Future<Output = ()>,
) -> io::Result<()> {
    let handles = [Handles::default(), Handles::default()];
    let servers = future::try_join(
        serve_one(listeners.public, public, acceptors.public, &handles[0]),
        serve_one(listeners.admin, admin, acceptors.admin, &handles[1]),
    );
    let stop = async {
        shutdown.await;
        handles.iter().for_each(Handles::stop);
        future::pending::<()>().await;
    };
    tokio::select! {
        result = servers => result.map(drop),
        () = stop => Ok(()),
    }
}

/// The handles of one listener. It uses the one that matches its kind of socket.
struct Handles {
    tcp: Handle<std::net::SocketAddr>,
    unix: Handle<std::os::unix::net::SocketAddr>,
}

impl Default for Handles {
    fn default() -> Self {
        Self { tcp: Handle::new(), unix: Handle::new() }
    }
}

impl Handles {
    fn stop(&self) {
        self.tcp.graceful_shutdown(Some(DRAIN));
        self.unix.graceful_shutdown(Some(DRAIN));
    }
}

async fn serve_one(
    listener: Listener,
    routes: Router,
    acceptor: Acceptor,
    handles: &Handles,
) -> io::Result<()> {
    match listener {
        Listener::Tcp(listener) => {
            let server = axum_server::from_tcp(listener)?.handle(handles.tcp.clone());
            run(server, routes, acceptor).await
        }
        Listener::Unix(listener, _) => {
            let server = axum_server::from_unix(listener)?.handle(handles.unix.clone());
            // The socket's file is not removed: by then it may belong to the next process.
            run(server, routes, acceptor).await
        }
    }
}

async fn run<A>(server: Server<A>, routes: Router, acceptor: Acceptor) -> io::Result<()>
where
    A: Address + Send + 'static,
    A::Stream: AsyncRead + AsyncWrite + Socket + Unpin + Send + 'static,
{
    let last_warning = Mutex::new(None::<Instant>);
    let mut server = server.accept_error_handler(move |peer: Option<&A>, error: &io::Error| {
        if peer.is_some() {
            // Caused by the client: a failed handshake, or one connection too many.
            tracing::debug!(%error, "connection not accepted");
            return;
        }
        let mut last_warning = last_warning.lock().unwrap_or_else(PoisonError::into_inner);
        if last_warning.is_none_or(|at| at.elapsed() > ACCEPT_WARNING_INTERVAL) {
            tracing::error!(%error, "failed to accept connections");
            *last_warning = Some(Instant::now());
        }
    });
    limit(&mut server, acceptor.limits());
    let service = ServiceExt::<Request>::into_make_service(DecodedPath(routes));
    server.acceptor(acceptor).serve(service).await
}

/// Applies the limits that hyper enforces. The timeouts are in [`timeouts`].
fn limit<A: Address>(server: &mut Server<A>, limits: &Limits) {
    /// hyper's default, for which it needs no allocation.
    const HYPER_MAX_HEADERS: u32 = 100;
    let head = usize::try_from(limits.max_header_bytes).unwrap_or(usize::MAX);
    let resets = usize::try_from(limits.max_pending_resets).unwrap_or(usize::MAX);
    let builder = server.http_builder();
    builder.http1().max_buf_size(head);
    if limits.max_headers != HYPER_MAX_HEADERS {
        builder.http1().max_headers(usize::try_from(limits.max_headers).unwrap_or(usize::MAX));
    }
    builder
        .http2()
        .max_header_list_size(limits.max_header_bytes)
        .max_concurrent_streams(limits.max_concurrent_streams)
        .max_send_buf_size(Limits::SEND_BUFFER)
        .max_pending_accept_reset_streams(resets)
        .max_local_error_reset_streams(resets);
}
