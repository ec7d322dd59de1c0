//! Asks a server one question over HTTP.
//!
//! hyper's client follows no redirect and reads no proxy from the environment, so that the answer
//! is the one of the server that was named.

use std::error::Error;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT, USER_AGENT};
use http::{HeaderMap, HeaderValue, Request, StatusCode, Uri};
use http_body_util::{BodyExt as _, Empty, LengthLimitError, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};
use tokio::time::timeout;

use crate::cli::CliError;
use crate::cli::compare::questions::Question;
use crate::cli::compare::server::Server;

const ANSWER_TIMEOUT: Duration = Duration::from_secs(10);
const MAX_BODY_BYTES: usize = 16 * 1024 * 1024;
const PROGRAM: HeaderValue =
    HeaderValue::from_static(concat!("elsewhere-compare/", env!("CARGO_PKG_VERSION")));

/// A complete answer.
pub(super) struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
}

pub(super) struct Client(legacy::Client<HttpsConnector<HttpConnector>, Empty<Bytes>>);

impl Client {
    /// Certificates are verified by the authorities that browsers know, and by those of the file.
    pub(super) fn new(authorities: Option<&Path>) -> Result<Self, CliError> {
        let mut roots: RootCertStore = webpki_roots::TLS_SERVER_ROOTS.iter().cloned().collect();
        if let Some(path) = authorities {
            add_authorities(&mut roots, path)?;
        }
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let tls = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| CliError::Failed(error.to_string()))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let connector =
            HttpsConnectorBuilder::new().with_tls_config(tls).https_or_http().enable_http1();
        Ok(Self(legacy::Client::builder(TokioExecutor::new()).build(connector.build())))
    }

    pub(super) async fn ask(
        &self,
        server: &Server,
        question: &Question,
    ) -> Result<Answer, CliError> {
        let answer = match timeout(ANSWER_TIMEOUT, self.exchange(server, question)).await {
            Ok(answer) => answer,
            Err(_) => Err("no complete answer within 10 s".to_owned()),
        };
        answer.map_err(|problem| {
            CliError::Failed(format!("{} did not answer at {}: {problem}", server.name, server.url))
        })
    }

    async fn exchange(&self, server: &Server, question: &Question) -> Result<Answer, String> {
        let uri = format!("{}{}", server.url, question.target);
        let uri: Uri = uri.parse().map_err(|_| "the URL cannot be used".to_owned())?;
        let mut request = Request::new(Empty::new());
        *request.method_mut() = question.method.clone();
        *request.uri_mut() = uri;
        let headers = request.headers_mut();
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        headers.insert(USER_AGENT, PROGRAM);
        headers.extend(question.headers.clone());

        let response = self.0.request(request).await.map_err(|error| {
            let failed = if error.is_connect() { "cannot connect" } else { "no valid answer" };
            format!("{failed}: {}", innermost(&error))
        })?;
        let (head, body) = response.into_parts();
        let body = Limited::new(body, MAX_BODY_BYTES).collect().await.map_err(|error| {
            if error.is::<LengthLimitError>() {
                "the answer is larger than 16 MiB".to_owned()
            } else {
                format!("the answer broke off: {}", innermost(error.as_ref()))
            }
        })?;
        Ok(Answer { status: head.status, headers: head.headers, body: body.to_bytes() })
    }
}

/// The cause of an error. The outer errors only name the layers that it passed.
fn innermost(error: &(dyn Error + 'static)) -> String {
    let mut error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    error.to_string()
}

fn add_authorities(roots: &mut RootCertStore, path: &Path) -> Result<(), CliError> {
    let pem = fs::read(path).map_err(|error| {
        CliError::Usage(format!("--ca: cannot read {}: {error}", path.display()))
    })?;
    let wrong = || CliError::Usage("--ca: expected CA certificates in PEM".to_owned());
    let authorities = CertificateDer::pem_slice_iter(&pem).collect::<Result<Vec<_>, _>>();
    let authorities = authorities.ok().filter(|all| !all.is_empty()).ok_or_else(wrong)?;
    authorities.into_iter().try_for_each(|it| roots.add(it).map_err(|_| wrong()))
}
