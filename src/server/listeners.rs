//! The sockets of the public and the admin listener: bound by the service, or inherited from
//! systemd.

use std::fmt;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::os::unix::fs::FileTypeExt as _;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};

use listenfd::ListenFd;
use socket2::{Domain, Socket, Type};

use crate::config::Listen;

/// Both listening sockets.
#[derive(Debug)]
pub struct Listeners {
    pub public: Listener,
    pub admin: Listener,
}

/// One listening socket.
#[derive(Debug)]
pub enum Listener {
    Tcp(TcpListener),
    Unix(UnixListener, PathBuf),
}

/// A socket that could not be bound or inherited.
#[derive(Debug, thiserror::Error)]
#[error("{key}: cannot listen on {address}: {error}")]
pub struct ListenError {
    key: &'static str,
    address: String,
    #[source]
    error: io::Error,
}

impl Listeners {
    /// Binds both sockets, or neither.
    pub fn bind(public: &Listen, admin: &Listen) -> Result<Self, ListenError> {
        Ok(Self {
            public: Listener::bind("server.listen", public)?,
            admin: Listener::bind("admin.listen", admin)?,
        })
    }

    /// Like [`Listeners::bind`], but sockets passed by systemd take precedence: the first
    /// one is the public listener, the second one the admin listener (sd_listen_fds(3)).
    pub fn inherit_or_bind(public: &Listen, admin: &Listen) -> Result<Self, ListenError> {
        let mut inherited = ListenFd::from_env();
        let mut listener = |nth, key, listen: &Listen| {
            let address = || format!("socket {nth} of LISTEN_FDS");
            let error = |error| ListenError { key, address: address(), error };
            match Listener::inherit(&mut inherited, nth).map_err(error)? {
                Some(listener) => Ok(listener),
                None => Listener::bind(key, listen),
            }
        };
        Ok(Self {
            public: listener(0, "server.listen", public)?,
            admin: listener(1, "admin.listen", admin)?,
        })
    }
}

impl Listener {
    /// Returns true if only this machine can connect.
    #[must_use]
    pub fn is_local(&self) -> bool {
        match self {
            Self::Tcp(listener) => {
                listener.local_addr().is_ok_and(|address| address.ip().to_canonical().is_loopback())
            }
            Self::Unix(..) => true,
        }
    }

    fn bind(key: &'static str, listen: &Listen) -> Result<Self, ListenError> {
        let bound = match listen {
            Listen::Tcp(address) => bind_tcp(*address).map(Self::Tcp),
            Listen::Unix(path) => bind_unix(path).map(|unix| Self::Unix(unix, path.clone())),
        };
        bound.map_err(|error| ListenError { key, address: listen.to_string(), error })
    }

    fn inherit(inherited: &mut ListenFd, nth: usize) -> io::Result<Option<Self>> {
        // A socket of another kind stays available, and is returned as an error.
        if let Ok(tcp) = inherited.take_tcp_listener(nth) {
            return Ok(tcp.map(Self::Tcp));
        }
        let Some(unix) = inherited.take_unix_listener(nth)? else { return Ok(None) };
        let address = unix.local_addr()?;
        let path = address.as_pathname().unwrap_or(Path::new("(unnamed)")).to_path_buf();
        Ok(Some(Self::Unix(unix, path)))
    }
}

/// Binds with a large backlog for bursts: a client that finds it full retries only after a
/// second.
fn bind_tcp(address: SocketAddr) -> io::Result<TcpListener> {
    const BACKLOG: i32 = 4096;
    let is_all_of_ipv6 = address.is_ipv6() && address.ip().is_unspecified();
    let (socket, address) = match Socket::new(Domain::for_address(address), Type::STREAM, None) {
        Ok(socket) if is_all_of_ipv6 => {
            // Includes all addresses of IPv4, whatever the system's default is.
            socket.set_only_v6(false)?;
            (socket, address)
        }
        // A system without IPv6.
        Err(_) if is_all_of_ipv6 => {
            let address = SocketAddr::from((Ipv4Addr::UNSPECIFIED, address.port()));
            (Socket::new(Domain::IPV4, Type::STREAM, None)?, address)
        }
        socket => (socket?, address),
    };
    // As in std: the port is available at once after a restart.
    socket.set_reuse_address(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

/// Binds a Unix socket. Replaces a stale one, on which no process listens.
fn bind_unix(path: &Path) -> io::Result<UnixListener> {
    let is_socket = path.symlink_metadata().is_ok_and(|file| file.file_type().is_socket());
    if is_socket && UnixStream::connect(path).is_err() {
        std::fs::remove_file(path)?;
    }
    UnixListener::bind(path)
}

impl fmt::Display for Listener {
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
