//! TLS certificates of a listener, reloaded when their files change.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};

use crate::config::{ConfigError, Tls};
use crate::reload;
use crate::reload::{Files, Reloaded};

/// The certificates of one listener.
pub(super) type Certificates = Reloaded<CertificateFiles>;

/// The files of one listener.
pub(super) struct CertificateFiles {
    pub section: &'static str,
    pub files: Tls,
    pub client_ca: Option<PathBuf>,
}

/// The contents of the files.
#[derive(PartialEq, Eq)]
pub(super) struct Contents {
    certificate: Vec<u8>,
    key: Vec<u8>,
    client_ca: Option<Vec<u8>>,
}

impl Files for CertificateFiles {
    type Contents = Contents;
    type Value = ServerConfig;

    fn section(&self) -> &str {
        self.section
    }

    fn read(&self) -> Result<Contents, ConfigError> {
        Contents::read(self.section, &self.files, self.client_ca.as_deref())
    }

    fn make(&self, contents: &Contents) -> Result<ServerConfig, ConfigError> {
        contents.config(self.section)
    }
}

impl Contents {
    fn read(section: &str, files: &Tls, client_ca: Option<&Path>) -> Result<Self, ConfigError> {
        let read = |key: &str, path: &Path| {
            reload::read_regular_file(path).map_err(|error| {
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

    fn config(&self, section: &str) -> Result<ServerConfig, ConfigError> {
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
        Ok(config)
    }
}

/// The certificates of a PEM file. `None` if it is malformed or has none.
fn certificates(pem: &[u8]) -> Option<Vec<CertificateDer<'static>>> {
    let all = CertificateDer::pem_slice_iter(pem).collect::<Result<Vec<_>, _>>().ok()?;
    (!all.is_empty()).then_some(all)
}
