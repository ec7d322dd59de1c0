//! `GET /sessions/whoami`: who am I? What gateways ask at every request.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::response::{IntoResponse as _, Response};

use super::super::App;
use super::super::body::JSON;
use super::super::error::ApiError;
use super::super::wire;
use crate::authentication::Refusal;

/// What gateways copy into the request that they let pass.
const IDENTITY_ID: HeaderName = HeaderName::from_static("x-kratos-authenticated-identity-id");

/// The caller's session, its devices, and all of its identity that its person may see.
pub(in crate::http) async fn whoami(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let now = app.clock.now();
    let credential = app.credentials.find(&headers, now).ok_or_else(unauthorized)?;
    let caller = app.repository.whoami(&credential.token).await?.ok_or_else(unauthorized)?;
    app.gate.admit(&caller, now).map_err(|refusal| match refusal {
        Refusal::Unauthenticated => unauthorized(),
        refusal @ Refusal::SecondFactorRequired => ApiError::refused(refusal, &app.base_url),
    })?;

    let body = wire::own_session(&caller, &app.base_url, now);
    let mut response = ([JSON], body).into_response();
    let mut text = [0; uuid::fmt::Hyphenated::LENGTH];
    let id = caller.identity.id.hyphenated().encode_lower(&mut text);
    if let Ok(id) = HeaderValue::from_str(id) {
        response.headers_mut().insert(IDENTITY_ID, id);
    }
    Ok(response)
}

fn unauthorized() -> ApiError {
    ApiError::unauthorized_because("No valid session credentials found in the request.")
}
