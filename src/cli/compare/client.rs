//! Asks a server one question over HTTP. The client follows no redirect, so that the answer is the
//! one of the server that was named.

use std::path::Path;
use std::time::Duration;

use bytes::Bytes;
use elsewhere::http_client::{HttpClient, innermost};
use http::header::{ACCEPT, USER_AGENT};
use http::{HeaderMap, HeaderValue, Request, StatusCode, Uri};
use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
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

pub(super) struct Client(HttpClient);

impl Client {
    /// Certificates are verified by the authorities that browsers know, and by those of the file.
    pub(super) fn new(authorities: Option<&Path>) -> Result<Self, CliError> {
        let client = HttpClient::new(authorities);
        client.map(Self).map_err(|problem| CliError::Usage(format!("--ca: {problem}")))
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
        let mut request = Request::new(Full::default());
        *request.method_mut() = question.method.clone();
        *request.uri_mut() = uri;
        let headers = request.headers_mut();
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        headers.insert(USER_AGENT, PROGRAM);
        headers.extend(question.headers.clone());

        let response = self.0.send(request).await?;
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
