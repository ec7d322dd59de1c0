//! Sends messages over HTTP.

use std::time::Duration;

use http::header::USER_AGENT;
use http::{HeaderValue, Method, Request, StatusCode, Uri};
use http_body_util::{BodyExt as _, Full, Limited};
use serde::Deserialize;
use tokio::time::timeout;

use crate::config::{ConfigError, Webhook};
use crate::http_client::HttpClient;
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
    http: HttpClient,
    uri: Uri,
    timeout: Duration,
}

impl Client {
    pub(super) fn new(name: &str, webhook: &Webhook) -> Result<Self, ConfigError> {
        let failed =
            |key: &str, problem: &str| ConfigError(format!("webhooks.{name}.{key}: {problem}"));
        let http = HttpClient::new(webhook.ca.as_deref());
        let uri = webhook.url.get().as_str().parse();
        Ok(Self {
            http: http.map_err(|problem| failed("ca", &problem))?,
            uri: uri.map_err(|_| failed("url", "expected a URL without spaces"))?,
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
        let response = self.http.send(request).await?;
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
