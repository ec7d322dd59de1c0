//! Connection setup before the first request: connection limit, TLS handshake and timeouts.

use std::io;
use std::net::IpAddr;
use std::sync::Arc;

use axum_server::accept::Accept;
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use tokio::net::{TcpStream, UnixStream};
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tokio_util::either::Either;

use crate::client_ip::Peer;
use crate::config::{Config, ConfigError, Limits};
use crate::metrics::Metrics;
use crate::reload::Reload;
use crate::server::connection_limit::{Connections, Permit};
use crate::server::in_flight::TrackedService;
use crate::server::timeouts;
use crate::server::timeouts::Timeouts;
use crate::server::tls::{CertificateFiles, Certificates};

/// The acceptors of both listeners.
#[derive(Debug)]
pub struct Acceptors {
    pub(super) public: Acceptor,
    pub(super) admin: Acceptor,
}

impl Acceptors {
    /// Builds both acceptors. Reads the certificates.
    pub fn new(config: &Config, metrics: &Metrics) -> Result<Self, ConfigError> {
        let acceptor = |name, certificates: Option<Certificates>| {
            let trusted = &config.server.trusted_proxies;
            let metrics = metrics.connections(name);
            Acceptor {
                limits: Arc::new(config.limits.clone()),
                timeouts: Timeouts::new(&config.limits),
                connections: Connections::new(&config.limits, trusted, metrics),
                certificates: certificates.map(Arc::new),
            }
        };
        let public = config.server.tls.as_ref();
        let public = public.map(|files| CertificateFiles {
            section: "server.tls",
            files: files.clone(),
            client_ca: None,
        });
        let admin = config.admin.tls.own.as_ref();
        let admin = admin.map(|files| CertificateFiles {
            section: "admin.tls",
            files: files.clone(),
            client_ca: config.admin.tls.client_ca.clone(),
        });
        let public = public.map(Certificates::new).transpose()?;
        let admin = admin.map(Certificates::new).transpose()?;
        Ok(Self { public: acceptor("public", public), admin: acceptor("admin", admin) })
    }

    /// The certificates, for their reload.
    #[must_use]
    pub fn files(&self) -> Vec<Arc<dyn Reload>> {
        let certificates = [&self.public, &self.admin].map(|acceptor| &acceptor.certificates);
        let certificates = certificates.into_iter().flatten();
        certificates.map(|files| Arc::clone(files) as Arc<dyn Reload>).collect()
    }
}

/// Accepts the connections of one listener: enforces the connection limit, does the TLS
/// handshake and adds the timeouts.
#[derive(Debug, Clone)]
pub(super) struct Acceptor {
    limits: Arc<Limits>,
    timeouts: Timeouts,
    connections: Arc<Connections>,
    certificates: Option<Arc<Certificates>>,
}

impl Acceptor {
    pub(super) fn limits(&self) -> &Limits {
        &self.limits
    }
}

/// A client's socket: TCP or Unix.
pub(super) trait Socket {
    fn prepare(&self) -> io::Result<Peer>;
}

impl Socket for TcpStream {
    fn prepare(&self) -> io::Result<Peer> {
        self.set_nodelay(true)?;
        Ok(Peer(Some(self.peer_addr()?.ip().to_canonical())))
    }
}

impl Socket for UnixStream {
    fn prepare(&self) -> io::Result<Peer> {
        Ok(Peer(None))
    }
}

impl<I, S> Accept<I, S> for Acceptor
where
    I: Socket + tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + Send + 'static,
    S: Send + 'static,
{
    type Stream = timeouts::Stream<Either<I, TlsStream<I>>>;
    type Service = TrackedService<S>;
    type Future = BoxFuture<'static, io::Result<(Self::Stream, Self::Service)>>;

    fn accept(&self, socket: I, service: S) -> Self::Future {
        let this = self.clone();
        async move {
            let peer = socket.prepare()?;
            let permit = this.admit(peer.0)?;
            let stream = match &this.certificates {
                None => Either::Left(socket),
                Some(certificates) => {
                    let handshake = TlsAcceptor::from(certificates.current()).accept(socket);
                    Either::Right(timeout(this.limits.header_timeout, handshake).await??)
                }
            };
            Ok(timeouts::watch(stream, service, peer, this.timeouts, permit))
        }
        .boxed()
    }
}

impl Acceptor {
    fn admit(&self, peer: Option<IpAddr>) -> io::Result<Permit> {
        self.connections.admit(peer).ok_or_else(|| io::Error::other("too many connections"))
    }
}
