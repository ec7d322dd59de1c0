//! JSON bodies. Requests are parsed into types, and errors name the invalid place. Responses are
//! serialized.

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::HeaderName;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::http::response::error::ApiError;

/// The `Content-Type` header of a JSON response.
pub(in crate::http) const JSON: (HeaderName, &str) =
    (CONTENT_TYPE, "application/json; charset=utf-8");

/// A JSON body, as an argument or as the response of a handler.
pub(in crate::http) struct Json<T>(pub T);

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        // The serialization of a wire type cannot fail.
        ([JSON], serde_json::to_vec(&self.0).unwrap_or_default()).into_response()
    }
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Json<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        let is_json = request.headers().get(CONTENT_TYPE).is_some_and(|value| {
            let essence = value.as_bytes().split(|byte| *byte == b';').next().unwrap_or_default();
            essence.trim_ascii().eq_ignore_ascii_case(b"application/json")
        });
        if !is_json {
            return Err(ApiError::unsupported_media_type());
        }
        // The timeout middleware has read the whole body before
        // (`crate::http::middleware::timeout`).
        let body = Bytes::from_request(request, state).await;
        let body = body.map_err(|_| ApiError::bad_request("The body is incomplete."))?;
        parse(&body).map(Self)
    }
}

fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, ApiError> {
    let mut json = serde_json::Deserializer::from_slice(body);
    let value = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let path = error.path().to_string();
        let problem = error.into_inner();
        if problem.is_data() && path != "." {
            ApiError::bad_request(format!("The body is invalid at '{path}': {problem}."))
        } else {
            ApiError::bad_request(format!("The body cannot be read: {problem}."))
        }
    })?;
    json.end().map_err(|_| ApiError::bad_request("The body continues after the JSON value."))?;
    Ok(value)
}
