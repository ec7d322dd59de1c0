//! Sends messages over HTTP.
//!
//! hyper's client follows no redirect and reads no proxy from the environment. It reuses
//! connections, and tries IPv6 and IPv4 addresses alike.

use std::error::Error;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::USER_AGENT;
use http::{HeaderValue, Method, Request, StatusCode, Uri};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};
use serde::Deserialize;
use tokio::time::timeout;

use crate::config::{ConfigError, Webhook};
use crate::webhook::message::Message;

const PROGRAM: HeaderValue =
    HeaderValue::from_static(concat!("elsewhere/", env!("CARGO_PKG_VERSION")));
/// The part of an answer's body that is read, so that the connection can be used again.
const MAX_BODY_BYTES: usize = 16 * 1024;

/// The answer of a receiver.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Answer {
    Accepted,
    /// The receiver wants no more messages (410).
    Gone,
    /// A reason for people, without parts of the answer.
    Failed(String),
}

/// Sends messages to one receiver.
pub(super) struct Client {
    http: legacy::Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
    uri: Uri,
    timeout: Duration,
}

impl Client {
    /// Certificates are verified by the authorities that browsers know, and by those of `ca`.
    pub(super) fn new(name: &str, webhook: &Webhook) -> Result<Self, ConfigError> {
        let failed =
            |key: &str, problem: String| ConfigError(format!("webhooks.{name}.{key}: {problem}"));
        let mut roots: RootCertStore = webpki_roots::TLS_SERVER_ROOTS.iter().cloned().collect();
        if let Some(path) = &webhook.ca {
            add_authorities(&mut roots, path).map_err(|problem| failed("ca", problem))?;
        }
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let tls = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| failed("url", error.to_string()))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let connector =
            HttpsConnectorBuilder::new().with_tls_config(tls).https_or_http().enable_http1();
        let uri = webhook.url.get().as_str().parse();
        Ok(Self {
            http: legacy::Client::builder(TokioExecutor::new()).build(connector.build()),
            uri: uri.map_err(|_| failed("url", "expected a URL without spaces".to_owned()))?,
            timeout: webhook.timeout,
        })
    }

    /// Sends a message. A message that was sent may have arrived, whatever the answer is.
    pub(super) async fn send(&self, message: Message) -> Answer {
        match timeout(self.timeout, self.exchange(message)).await {
            Ok(Ok((status, _))) if status.is_success() => Answer::Accepted,
            Ok(Ok((StatusCode::GONE, _))) => Answer::Gone,
            Ok(Ok((status, code))) => {
                Answer::Failed(format!("status {} {code}", status.as_u16()).trim_end().to_owned())
            }
            Ok(Err(problem)) => Answer::Failed(problem),
            Err(_) => Answer::Failed("no answer in time".to_owned()),
        }
    }

    async fn exchange(
        &self,
        Message { headers, body }: Message,
    ) -> Result<(StatusCode, &'static str), String> {
        let mut request = Request::new(Full::new(body));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = self.uri.clone();
        *request.headers_mut() = headers;
        request.headers_mut().insert(USER_AGENT, PROGRAM);
        let response = self.http.request(request).await.map_err(|error| {
            let failed = if error.is_connect() { "cannot connect" } else { "no valid answer" };
            format!("{failed}: {}", innermost(&error))
        })?;
        let status = response.status();
        // A status without its body is an answer, too.
        let body = Limited::new(response.into_body(), MAX_BODY_BYTES).collect().await;
        let body = body.map(http_body_util::Collected::to_bytes).unwrap_or_default();
        Ok((status, error_code(&body)))
    }
}

/// The error code of a receiver of security event tokens (RFC 8935 §2.4). Empty if there is none of
/// those that are registered: no other part of an answer reaches a log.
fn error_code(body: &[u8]) -> &'static str {
    const CODES: [&str; 6] = [
        "invalid_request",
        "invalid_key",
        "invalid_issuer",
        "invalid_audience",
        "authentication_failed",
        "access_denied",
    ];
    #[derive(Deserialize)]
    struct Problem {
        err: String,
    }
    let Ok(Problem { err }) = serde_json::from_slice(body) else {
        return "";
    };
    CODES.into_iter().find(|code| *code == err).unwrap_or_default()
}

/// The cause of an error. The outer errors only name the layers that it passed.
fn innermost(error: &(dyn Error + 'static)) -> String {
    let mut error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    error.to_string()
}

fn add_authorities(roots: &mut RootCertStore, path: &Path) -> Result<(), String> {
    let pem = fs::read(path).map_err(|error| format!("cannot read the file: {error}"))?;
    let wrong = || "expected CA certificates in PEM".to_owned();
    let authorities = CertificateDer::pem_slice_iter(&pem).collect::<Result<Vec<_>, _>>();
    let authorities = authorities.ok().filter(|all| !all.is_empty()).ok_or_else(wrong)?;
    authorities.into_iter().try_for_each(|it| roots.add(it).map_err(|_| wrong()))
}
