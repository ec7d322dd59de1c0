//! Pages as responses.

use askama::Template;
use axum::http::HeaderValue;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse as _, Response};

use crate::http::response::error::ApiError;

pub(super) const HTML: HeaderValue = HeaderValue::from_static("text/html; charset=utf-8");

/// The response with this page.
pub(super) fn respond(page: &impl Template) -> Result<Response, ApiError> {
    let html = page.render().map_err(|error| ApiError::internal(error.to_string()))?;
    Ok(([(CONTENT_TYPE, HTML)], html).into_response())
}
