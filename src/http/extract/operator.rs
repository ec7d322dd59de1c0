//! The extractor for the operator, or the login system, that calls the admin API.

use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::{FromRef, FromRequestParts};
use axum::http::request::Parts;
use time::OffsetDateTime;

use crate::clock::Clock;
use crate::config::TrustedProxies;
use crate::event::Actor;
use crate::http::extract::client_ip;

/// The actor of a call to the admin API, and the only time of the request. The call was authorized
/// before (`crate::http::middleware::authorize`).
pub(in crate::http) struct Operator {
    pub actor: Actor,
    pub now: OffsetDateTime,
}

impl<S: Send + Sync> FromRequestParts<S> for Operator
where
    Clock: FromRef<S>,
    Arc<TrustedProxies>: FromRef<S>,
{
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        let trusted = Arc::<TrustedProxies>::from_ref(state);
        let address = client_ip::resolve(&parts.extensions, &parts.headers, &trusted);
        Ok(Self { actor: Actor::Operator { address }, now: Clock::from_ref(state).now() })
    }
}
