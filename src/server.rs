//! The listening sockets, and their end.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

use axum::Router;
use axum_server::Handle;
use futures_util::future;

/// How long requests that run may go on once the service is told to stop.
pub const DRAIN: Duration = Duration::from_secs(10);
/// How long a client may take over the head of a request, and be silent between two.
const HEAD: Duration = Duration::from_secs(10);

/// The two sides' sockets, listening.
#[derive(Debug)]
pub struct Listeners {
    pub public: TcpListener,
    pub admin: TcpListener,
}

/// Why a socket could not be had.
#[derive(Debug, thiserror::Error)]
#[error("{key}: cannot listen on {address}: {error}")]
pub struct ListenError {
    key: &'static str,
    address: SocketAddr,
    #[source]
    error: io::Error,
}

impl Listeners {
    /// Binds both, or neither.
    pub fn bind(public: SocketAddr, admin: SocketAddr) -> Result<Self, ListenError> {
        Ok(Self { public: listen("server.listen", public)?, admin: listen("admin.listen", admin)? })
    }
}

fn listen(key: &'static str, address: SocketAddr) -> Result<TcpListener, ListenError> {
    TcpListener::bind(address).map_err(|error| ListenError { key, address, error })
}

/// Serves both sides until `shutdown` is done, then lets running requests
/// finish, for [`DRAIN`] at most.
pub async fn serve(
    listeners: Listeners,
    public: Router,
    admin: Router,
    shutdown: impl Future<Output = ()>,
) -> io::Result<()> {
    let handle = Handle::new();
    let sides = future::try_join(
        serve_one(listeners.public, public, handle.clone()),
        serve_one(listeners.admin, admin, handle.clone()),
    );
    let stop = async {
        shutdown.await;
        handle.graceful_shutdown(Some(DRAIN));
        future::pending::<()>().await;
    };
    tokio::select! {
        result = sides => result.map(drop),
        () = stop => Ok(()),
    }
}

async fn serve_one(
    listener: TcpListener,
    routes: Router,
    handle: Handle<SocketAddr>,
) -> io::Result<()> {
    // HTTP/2 has no time limit for a client that keeps silent, so it waits for one.
    let server = axum_server::from_tcp(listener)?.handle(handle).http1_only();
    let mut server = server.first_request_timeout(HEAD);
    server.http_builder().http1().header_read_timeout(HEAD);
    server.serve(routes.into_make_service()).await
}
