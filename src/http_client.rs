//! HTTP requests to other servers: by the command `compare`, and by webhooks.
//!
//! hyper's client follows no redirect and reads no proxy from the environment. It reuses
//! connections, and tries the IPv6 and IPv4 addresses of a name.

use std::error::Error;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use axum::body::Body;
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};

/// A client over HTTP and HTTPS.
pub struct HttpClient(legacy::Client<HttpsConnector<HttpConnector>, Full<Bytes>>);

impl HttpClient {
    /// Certificates are verified by the authorities that browsers know, and by those of a file. The
    /// error is about this file.
    pub fn new(authorities: Option<&Path>) -> Result<Self, String> {
        let mut roots: RootCertStore = webpki_roots::TLS_SERVER_ROOTS.iter().cloned().collect();
        if let Some(path) = authorities {
            add_authorities(&mut roots, path)?;
        }
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let tls = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| error.to_string())?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let connector =
            HttpsConnectorBuilder::new().with_tls_config(tls).https_or_http().enable_http1();
        Ok(Self(legacy::Client::builder(TokioExecutor::new()).build(connector.build())))
    }

    /// Sends a request, whose URI is absolute. The error is for people.
    pub async fn send(&self, request: Request<Full<Bytes>>) -> Result<Response<Body>, String> {
        let response = self.0.request(request).await.map_err(|error| {
            let failed = if error.is_connect() { "cannot connect" } else { "no valid answer" };
            format!("{failed}: {}", innermost(&error))
        })?;
        Ok(response.map(Body::new))
    }
}

impl std::fmt::Debug for HttpClient {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("HttpClient")
    }
}

/// The cause of an error. The outer errors only name the layers that it passed.
#[must_use]
pub fn innermost(error: &(dyn Error + 'static)) -> String {
    let mut error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    error.to_string()
}

fn add_authorities(roots: &mut RootCertStore, path: &Path) -> Result<(), String> {
    let pem = fs::read(path).map_err(|error| format!("cannot read {}: {error}", path.display()))?;
    let wrong = || "expected CA certificates in PEM".to_owned();
    let authorities = CertificateDer::pem_slice_iter(&pem).collect::<Result<Vec<_>, _>>();
    let authorities = authorities.ok().filter(|all| !all.is_empty()).ok_or_else(wrong)?;
    authorities.into_iter().try_for_each(|it| roots.add(it).map_err(|_| wrong()))
}
