//! Lets in who has one of the operators' tokens; everyone, where there are none.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

use super::super::App;
use super::super::error::ApiError;
use crate::authentication::bearer;

pub(in crate::http) async fn authorize(
    State(app): State<Arc<App>>,
    request: Request,
    next: Next,
) -> Response {
    let presented = bearer(request.headers());
    // Each of them is looked at, so that the time tells nothing of which it was.
    let matching = app
        .admin_tokens
        .iter()
        .filter(|token| presented.is_some_and(|presented| token.is(presented)))
        .count();
    if app.admin_tokens.is_empty() || matching > 0 {
        return next.run(request).await;
    }
    ApiError::unauthorized_because("No valid admin token found in the request.").into_response()
}
