//! TLS: the certificates of a side, read again when they change.

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

/// How often it is looked whether the files have changed.
const CHECK_INTERVAL: Duration = Duration::from_secs(2);

/// The certificates of one side.
#[derive(Debug)]
pub(super) struct Certificates {
    section: &'static str,
    files: Tls,
    client_ca: Option<PathBuf>,
    in_use: RwLock<ActiveConfig>,
    last_problem: Mutex<Option<ConfigError>>,
}

#[derive(Debug)]
struct ActiveConfig {
    contents: Contents,
    config: Arc<ServerConfig>,
}

/// What is in the files.
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
            in_use: RwLock::new(ActiveConfig { contents, config }),
            last_problem: Mutex::default(),
        })
    }

    /// For the next connection.
    pub(super) fn acceptor(&self) -> TlsAcceptor {
        let in_use = self.in_use.read().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&in_use.config).into()
    }

    /// Whether there was something new, which the next connections get. While it
    /// cannot be used, such as a certificate whose key is not there yet, what was
    /// in use stays so.
    fn refresh(&self) -> Result<bool, ConfigError> {
        let client_ca = self.client_ca.as_deref();
        let contents = Contents::read(self.section, &self.files, client_ca)?;
        if self.in_use.read().unwrap_or_else(PoisonError::into_inner).contents == contents {
            return Ok(false);
        }
        let config = contents.config(self.section)?;
        *self.in_use.write().unwrap_or_else(PoisonError::into_inner) =
            ActiveConfig { contents, config };
        Ok(true)
    }
}

impl Certificates {
    /// A problem is told when it is new, and to whoever asked.
    fn refresh_and_tell(&self, was_asked: bool) {
        let refreshed = self.refresh();
        let mut last = self.last_problem.lock().unwrap_or_else(PoisonError::into_inner);
        match &refreshed {
            Ok(true) => tracing::info!(section = self.section, "certificates read again"),
            Err(problem) if was_asked || last.as_ref() != Some(problem) => {
                tracing::warn!(%problem, "the certificates in use stay");
            }
            // Nothing new.
            Ok(false) | Err(_) => {}
        }
        *last = refreshed.err();
    }
}

/// Looks after the files now and then, and on SIGHUP, for ever.
pub(super) fn keep_fresh(
    all: Vec<Arc<Certificates>>,
) -> io::Result<impl Future<Output = Infallible>> {
    let mut hangups = signal(SignalKind::hangup())?;
    Ok(async move {
        let mut ticks = interval(CHECK_INTERVAL);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let was_asked = tokio::select! {
                _ = hangups.recv() => true,
                _ = ticks.tick() => false,
            };
            for certificates in &all {
                let certificates = Arc::clone(certificates);
                // Files may be on a disk that does not answer.
                let _ = spawn_blocking(move || certificates.refresh_and_tell(was_asked)).await;
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
                let wrong = || wrong("client_ca", "certificates of authorities");
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
            ConfigError(format!("{section}: the certificate and the key cannot be used: {error}"))
        })?;
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(Arc::new(config))
    }
}

/// At least one.
fn certificates(pem: &[u8]) -> Option<Vec<CertificateDer<'static>>> {
    let all = CertificateDer::pem_slice_iter(pem).collect::<Result<Vec<_>, _>>().ok()?;
    (!all.is_empty()).then_some(all)
}
