//! TLS certificates of a listener, reloaded when their files change.

use std::convert::Infallible;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use tokio::signal::unix::{SignalKind, signal};
use tokio::task::spawn_blocking;
use tokio::time::{MissedTickBehavior, interval};
use tokio_rustls::TlsAcceptor;

use crate::config::{ConfigError, Tls};

/// The interval at which the files are checked for changes.
const CHECK_INTERVAL: Duration = Duration::from_secs(2);

/// The certificates of one listener.
#[derive(Debug)]
pub(super) struct Certificates {
    section: &'static str,
    files: Tls,
    client_ca: Option<PathBuf>,
    active: RwLock<ActiveConfig>,
    last_problem: Mutex<Option<ConfigError>>,
}

#[derive(Debug)]
struct ActiveConfig {
    contents: Contents,
    config: Arc<ServerConfig>,
}

/// The contents of the files.
#[derive(PartialEq, Eq)]
struct Contents {
    certificate: Vec<u8>,
    key: Vec<u8>,
    client_ca: Option<Vec<u8>>,
}

impl std::fmt::Debug for Contents {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Contents").finish_non_exhaustive()
    }
}

impl Certificates {
    pub(super) fn read(
        section: &'static str,
        files: &Tls,
        client_ca: Option<&Path>,
    ) -> Result<Self, ConfigError> {
        let contents = Contents::read(section, files, client_ca)?;
        let config = contents.config(section)?;
        Ok(Self {
            section,
            files: files.clone(),
            client_ca: client_ca.map(Path::to_path_buf),
            active: RwLock::new(ActiveConfig { contents, config }),
            last_problem: Mutex::default(),
        })
    }

    /// The acceptor for the next connection.
    pub(super) fn acceptor(&self) -> TlsAcceptor {
        let active = self.active.read().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&active.config).into()
    }

    /// Loads changed files, for new connections. Returns whether there were any. Unusable
    /// files, such as a certificate whose key is not there yet, leave the current ones in use.
    fn refresh(&self) -> Result<bool, ConfigError> {
        let client_ca = self.client_ca.as_deref();
        let contents = Contents::read(self.section, &self.files, client_ca)?;
        if self.active.read().unwrap_or_else(PoisonError::into_inner).contents == contents {
            return Ok(false);
        }
        let config = contents.config(self.section)?;
        *self.active.write().unwrap_or_else(PoisonError::into_inner) =
            ActiveConfig { contents, config };
        Ok(true)
    }
}

impl Certificates {
    /// Refreshes and logs the result. A problem is logged if it is new, or on SIGHUP.
    fn refresh_and_log(&self, is_forced: bool) {
        let refreshed = self.refresh();
        let mut last = self.last_problem.lock().unwrap_or_else(PoisonError::into_inner);
        match &refreshed {
            Ok(true) => tracing::info!(section = self.section, "certificates reloaded"),
            Err(problem) if is_forced || last.as_ref() != Some(problem) => {
                tracing::warn!(%problem, "failed to reload certificates; keeping the current ones");
            }
            // Unchanged files, or a problem that is logged already.
            Ok(false) | Err(_) => {}
        }
        *last = refreshed.err();
    }
}

/// Checks the files every [`CHECK_INTERVAL`] and on SIGHUP. Never completes.
pub(super) fn keep_fresh(
    all: Vec<Arc<Certificates>>,
) -> io::Result<impl Future<Output = Infallible>> {
    let mut hangups = signal(SignalKind::hangup())?;
    Ok(async move {
        let mut ticks = interval(CHECK_INTERVAL);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let is_forced = tokio::select! {
                _ = hangups.recv() => true,
                _ = ticks.tick() => false,
            };
            for certificates in &all {
                let certificates = Arc::clone(certificates);
                // Reading may block: the files may be on a disk that does not respond.
                let _ = spawn_blocking(move || certificates.refresh_and_log(is_forced)).await;
            }
        }
    })
}

impl Contents {
    fn read(section: &str, files: &Tls, client_ca: Option<&Path>) -> Result<Self, ConfigError> {
        let read = |key: &str, path: &Path| {
            std::fs::read(path).map_err(|error| {
                ConfigError(format!("{section}.{key}: cannot read {}: {error}", path.display()))
            })
        };
        let client_ca = client_ca.map(|path| read("client_ca", path)).transpose()?;
        Ok(Self {
            certificate: read("certificate", &files.certificate)?,
            key: read("key", &files.key)?,
            client_ca,
        })
    }

    fn config(&self, section: &str) -> Result<Arc<ServerConfig>, ConfigError> {
        let wrong = |key: &str, expected: &str| {
            ConfigError(format!("{section}.{key}: expected {expected} in PEM"))
        };
        let chain =
            certificates(&self.certificate).ok_or_else(|| wrong("certificate", "a certificate"))?;
        let key =
            PrivateKeyDer::from_pem_slice(&self.key).map_err(|_| wrong("key", "a private key"))?;
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .map_err(|error| ConfigError(format!("{section}: {error}")))?;
        let builder = match &self.client_ca {
            None => builder.with_no_client_auth(),
            Some(authorities) => {
                let wrong = || wrong("client_ca", "CA certificates");
                let mut roots = RootCertStore::empty();
                for authority in certificates(authorities).ok_or_else(wrong)? {
                    roots.add(authority).map_err(|_| wrong())?;
                }
                let verifier =
                    WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build();
                builder.with_client_cert_verifier(verifier.map_err(|_| wrong())?)
            }
        };
        let mut config = builder.with_single_cert(chain, key).map_err(|error| {
            ConfigError(format!("{section}: unusable certificate and key: {error}"))
        })?;
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(Arc::new(config))
    }
}

/// The certificates of a PEM file. `None` if it is malformed or has none.
fn certificates(pem: &[u8]) -> Option<Vec<CertificateDer<'static>>> {
    let all = CertificateDer::pem_slice_iter(pem).collect::<Result<Vec<_>, _>>().ok()?;
    (!all.is_empty()).then_some(all)
}
