//! JSON request bodies. An error names the invalid place.

use std::fmt;

use axum::extract::rejection::JsonRejection;
use axum::extract::{FromRequest, Json, Request};
use serde::de::DeserializeOwned;

use crate::http::response::error::ApiError;

/// A JSON body, parsed into its type.
pub(in crate::http) struct JsonBody<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for JsonBody<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        match Json::from_request(request, state).await {
            Ok(Json(body)) => Ok(Self(body)),
            Err(rejection) => Err(explain(&rejection)),
        }
    }
}

/// The place and the problem, which axum's own text buries.
fn explain(rejection: &JsonRejection) -> ApiError {
    let problem = match rejection {
        JsonRejection::MissingJsonContentType(_) => return ApiError::unsupported_media_type(),
        // The timeout middleware has read the whole body before
        // (`crate::http::middleware::timeout`).
        JsonRejection::BytesRejection(_) => {
            return ApiError::bad_request("The body is incomplete.");
        }
        rejection => source(rejection),
    };
    let Some(error) = problem else {
        // The value itself was read.
        return ApiError::bad_request("The body continues after the JSON value.");
    };
    let (path, problem) = (error.path(), Problem(error.inner()));
    let has_path = path.iter().next().is_some();
    if error.inner().is_data() && has_path {
        return ApiError::bad_request(format!("The body is invalid at '{path}': {problem}."));
    }
    let place = if has_path { format!(" at '{path}'") } else { String::new() };
    let (line, column) = (error.inner().line(), error.inner().column());
    ApiError::bad_request(format!(
        "The body cannot be read{place}: {problem} (line {line}, column {column})."
    ))
}

/// The problem and its place in a value, for a value that is a part of the body.
pub(in crate::http) fn located(error: &JsonError) -> String {
    let (path, problem) = (error.path(), Problem(error.inner()));
    // The path of a value that is nested too deeply is as long as it is useless.
    if path.iter().next().is_none() || problem.is_depth() {
        return problem.to_string();
    }
    format!("{problem} at '{path}'")
}

/// An error of serde_json without its position, and in words for the authors of a login system.
struct Problem<'a>(&'a serde_json::Error);

const TOO_DEEP: &str = "recursion limit exceeded";

impl Problem<'_> {
    fn is_depth(&self) -> bool {
        self.0.to_string().starts_with(TOO_DEEP)
    }
}

impl fmt::Display for Problem<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.0.to_string();
        let position = format!(" at line {} column {}", self.0.line(), self.0.column());
        let text = text.strip_suffix(&position).unwrap_or(&text);
        formatter.write_str(match text {
            TOO_DEEP => "nested deeper than 127 levels",
            "number out of range" => "a number out of range",
            "lone leading surrogate in hex escape" | "unexpected end of hex escape" => {
                "half of a surrogate pair, which is no character"
            }
            "invalid unicode code point" => "expected UTF-8",
            text => text,
        })
    }
}

type JsonError = serde_path_to_error::Error<serde_json::Error>;

fn source(rejection: &JsonRejection) -> Option<&JsonError> {
    let mut error: &(dyn std::error::Error + 'static) = rejection;
    loop {
        if let Some(found) = error.downcast_ref() {
            return Some(found);
        }
        error = error.source()?;
    }
}
