//! The listening sockets, and their end.

use std::fmt;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::os::unix::fs::FileTypeExt as _;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::time::Duration;

use axum::Router;
use axum_server::{Address, Handle, Server};
use futures_util::future;
use tokio::io::{AsyncRead, AsyncWrite};

use crate::config::Listen;

/// How long requests that run may go on once the service is told to stop.
pub const DRAIN: Duration = Duration::from_secs(10);
/// How long a client may take over the head of a request, and be silent between two.
const HEAD: Duration = Duration::from_secs(10);

/// The two sides' sockets, listening.
#[derive(Debug)]
pub struct Listeners {
    pub public: TcpListener,
    pub admin: AdminListener,
}

/// The admin side's socket.
#[derive(Debug)]
pub enum AdminListener {
    Tcp(TcpListener),
    Unix(UnixListener, PathBuf),
}

/// Why a socket could not be had.
#[derive(Debug, thiserror::Error)]
#[error("{key}: cannot listen on {address}: {error}")]
pub struct ListenError {
    key: &'static str,
    address: String,
    #[source]
    error: io::Error,
}

impl Listeners {
    /// Binds both, or neither.
    pub fn bind(public: SocketAddr, admin: &Listen) -> Result<Self, ListenError> {
        let error = |key, address: &dyn fmt::Display, error| ListenError {
            key,
            address: address.to_string(),
            error,
        };
        let public_listener = TcpListener::bind(public)
            .map_err(|problem| error("server.listen", &public, problem))?;
        let admin = match admin {
            Listen::Tcp(address) => TcpListener::bind(address)
                .map(AdminListener::Tcp)
                .map_err(|problem| error("admin.listen", address, problem))?,
            Listen::Unix(path) => bind_unix(path)
                .map(|listener| AdminListener::Unix(listener, path.clone()))
                .map_err(|problem| error("admin.listen", &path.display(), problem))?,
        };
        Ok(Self { public: public_listener, admin })
    }
}

/// Takes the place of a socket that nobody listens on any more.
fn bind_unix(path: &Path) -> io::Result<UnixListener> {
    let is_socket = path.symlink_metadata().is_ok_and(|file| file.file_type().is_socket());
    if is_socket && UnixStream::connect(path).is_err() {
        std::fs::remove_file(path)?;
    }
    UnixListener::bind(path)
}

impl fmt::Display for AdminListener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(listener) => match listener.local_addr() {
                Ok(address) => address.fmt(f),
                Err(error) => error.fmt(f),
            },
            Self::Unix(_, path) => write!(f, "unix:{}", path.display()),
        }
    }
}

/// Serves both sides until `shutdown` is done, then lets running requests
/// finish, for [`DRAIN`] at most.
pub async fn serve(
    listeners: Listeners,
    public: Router,
    admin: Router,
    shutdown: impl Future<Output = ()>,
) -> io::Result<()> {
    let (public_handle, admin_handle) = (Handle::new(), Handle::new());
    let unix_handle = Handle::new();
    let public_server = axum_server::from_tcp(listeners.public)?;
    let sides = future::try_join(serve_one(public_server, public, public_handle.clone()), async {
        match listeners.admin {
            AdminListener::Tcp(listener) => {
                serve_one(axum_server::from_tcp(listener)?, admin, admin_handle.clone()).await
            }
            AdminListener::Unix(listener, _) => {
                let server = axum_server::from_unix(listener)?;
                // Its file stays: by the end it may be the next copy's.
                serve_one(server, admin, unix_handle.clone()).await
            }
        }
    });
    let stop = async {
        shutdown.await;
        public_handle.graceful_shutdown(Some(DRAIN));
        admin_handle.graceful_shutdown(Some(DRAIN));
        unix_handle.graceful_shutdown(Some(DRAIN));
        future::pending::<()>().await;
    };
    tokio::select! {
        result = sides => result.map(drop),
        () = stop => Ok(()),
    }
}

async fn serve_one<A>(server: Server<A>, routes: Router, handle: Handle<A>) -> io::Result<()>
where
    A: Address + Send + 'static,
    A::Stream: AsyncRead + AsyncWrite + Unpin + Send,
{
    // HTTP/2 has no time limit for a client that keeps silent, so it waits for one.
    let mut server = server.handle(handle).http1_only().first_request_timeout(HEAD);
    server.http_builder().http1().header_read_timeout(HEAD);
    server.serve(routes.into_make_service()).await
}
