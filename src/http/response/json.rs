//! JSON responses.

use axum::http::HeaderName;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use serde::Serialize;

/// The `Content-Type` header of a JSON response, as Kratos writes it.
pub(in crate::http) const JSON: (HeaderName, &str) =
    (CONTENT_TYPE, "application/json; charset=utf-8");

/// A JSON response. axum's own has another `Content-Type`.
pub(in crate::http) struct JsonResponse<T>(pub T);

impl<T: Serialize> IntoResponse for JsonResponse<T> {
    fn into_response(self) -> Response {
        // The serialization of a wire type cannot fail.
        ([JSON], serde_json::to_vec(&self.0).unwrap_or_default()).into_response()
    }
}
