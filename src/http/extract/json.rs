//! JSON request bodies. An error names the invalid place.

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
    match problem {
        Some(error) if error.inner().is_data() && error.path().iter().next().is_some() => {
            let (path, problem) = (error.path(), error.inner());
            ApiError::bad_request(format!("The body is invalid at '{path}': {problem}."))
        }
        Some(error) => {
            ApiError::bad_request(format!("The body cannot be read: {}.", error.inner()))
        }
        // The value itself was read.
        None => ApiError::bad_request("The body continues after the JSON value."),
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
