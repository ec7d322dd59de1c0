//! The questions: requests that only read.

use std::fmt;

use elsewhere::config;
use form_urlencoded::byte_serialize;
use http::header::{ACCESS_CONTROL_REQUEST_HEADERS, ACCESS_CONTROL_REQUEST_METHOD, ORIGIN};
use http::{HeaderMap, HeaderValue, Method};

use crate::cli::CliError;
use crate::cli::compare::credentials::{Credential, Source};

const WHOAMI: &str = "sessions/whoami";
const LIST: &str = "sessions";

/// A request, as both servers receive it.
pub(super) struct Question {
    pub method: Method,
    /// The path and query, relative to the URL of a server.
    pub target: String,
    pub headers: HeaderMap,
    pub source: Source,
    pub is_by_cookie: bool,
    pub is_by_encoded_cookie: bool,
}

impl Question {
    fn new(method: Method, target: &str, credential: &Credential) -> Self {
        Self {
            method,
            target: target.to_owned(),
            headers: credential.header.clone().into_iter().collect(),
            source: credential.source,
            is_by_cookie: credential.is_cookie(),
            is_by_encoded_cookie: credential.is_encoded_cookie(),
        }
    }

    fn with_origin(mut self, origin: &HeaderValue) -> Self {
        self.headers.insert(ORIGIN, origin.clone());
        self
    }

    fn preflight(origin: &HeaderValue) -> Self {
        let mut question =
            Self::new(Method::OPTIONS, LIST, &Credential::none()).with_origin(origin);
        let headers = &mut question.headers;
        headers.insert(ACCESS_CONTROL_REQUEST_METHOD, HeaderValue::from_static("GET"));
        headers.insert(ACCESS_CONTROL_REQUEST_HEADERS, HeaderValue::from_static("x-session-token"));
        question
    }

    /// The question that tells a session API from other servers.
    pub(super) fn without_credential() -> Self {
        Self::new(Method::GET, WHOAMI, &Credential::none())
    }

    pub(super) fn is_whoami(&self) -> bool {
        self.method == Method::GET && self.target == WHOAMI
    }

    pub(super) fn is_list(&self) -> bool {
        self.target.split('?').next() == Some(LIST)
    }

    pub(super) fn is_preflight(&self) -> bool {
        self.headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD)
    }

    pub(super) fn is_tokenized(&self) -> bool {
        self.target.contains("?tokenize_as=")
    }
}

impl fmt::Display for Question {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} /{} ({}", self.method, self.target, self.source)?;
        let has_origin = self.headers.contains_key(ORIGIN);
        formatter.write_str(if has_origin { ", with Origin)" } else { ")" })
    }
}

/// Reads the value of `--origin`.
pub(super) fn origin(text: &str) -> Result<HeaderValue, CliError> {
    config::origin(text).ok_or_else(|| {
        let problem = "--origin: expected an origin such as https://app.example.org";
        CliError::Usage(problem.to_owned())
    })
}

/// All questions, in the order in which they are asked.
pub(super) fn all(
    credentials: &[Credential],
    templates: &[String],
    origin: Option<&HeaderValue>,
) -> Vec<Question> {
    let mut questions = Vec::new();
    for credential in [Credential::none(), Credential::unknown()] {
        questions.extend([WHOAMI, LIST].map(|path| Question::new(Method::GET, path, &credential)));
    }
    questions.extend(origin.map(Question::preflight));
    for credential in credentials {
        let get = |target: &str| Question::new(Method::GET, target, credential);
        questions.push(get(WHOAMI));
        questions.push(Question::new(Method::HEAD, WHOAMI, credential));
        questions.push(get(LIST));
        questions.push(get(&format!("{LIST}?page_size=1")));
        for template in templates {
            let name: String = byte_serialize(template.as_bytes()).collect();
            questions.push(get(&format!("{WHOAMI}?tokenize_as={name}")));
        }
        if let Some(origin) = origin {
            questions.extend([WHOAMI, LIST].map(|path| get(path).with_origin(origin)));
        }
    }
    questions
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_question_only_reads() {
        let credentials = [Credential::none(), Credential::unknown()];
        let templates = ["jwt & more".to_owned()];
        let origin = origin("https://app.example.org").unwrap();
        let questions = all(&credentials, &templates, Some(&origin));
        assert_eq!(questions.len(), 5 + 2 * 7);
        for question in &questions {
            match question.method {
                Method::GET | Method::HEAD => assert!(!question.is_preflight()),
                Method::OPTIONS => assert!(question.is_preflight()),
                _ => panic!("{question}"),
            }
        }
        let shown: Vec<_> = questions.iter().map(Question::to_string).collect();
        assert!(shown.contains(&"GET /sessions (no credential)".to_owned()), "{shown:?}");
        assert!(shown.iter().any(|it| it.contains("?tokenize_as=jwt+%26+more (")), "{shown:?}");
    }

    #[test]
    fn origin_is_an_origin() {
        assert!(origin("http://127.0.0.1:4455").is_ok());
        assert!(origin("capacitor://localhost").is_ok());
        for wrong in ["", "null", "app.example.org", "https://app.example.org/", "data:x"] {
            assert!(origin(wrong).is_err(), "{wrong}");
        }
    }
}
