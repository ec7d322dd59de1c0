//! The extractor for a session token in the body of a request, which apps present to sign out.

use std::sync::Arc;

use axum::extract::{FromRef, FromRequest, Request};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::authentication::{Credential, CredentialKind};
use crate::http::extract::client_ip;
use crate::http::extract::credential::{Authenticator, RequestCredential};
use crate::http::extract::json::JsonBody;
use crate::http::response::error::ApiError;
use crate::session::SessionToken;

pub(in crate::http) const UNKNOWN_TOKEN: &str =
    "The provided Ory Session Token could not be found, is invalid, or otherwise malformed.";

/// A session token.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SessionTokenBody)]
pub(in crate::http) struct SessionTokenBody {
    session_token: String,
}

/// The credential in the body of a request.
pub(in crate::http) struct TokenInBody(pub RequestCredential);

impl<S: Send + Sync> FromRequest<S> for TokenInBody
where
    Arc<Authenticator>: FromRef<S>,
{
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        let authenticator = Arc::<Authenticator>::from_ref(state);
        let now = authenticator.clock.now();
        let trusted = &authenticator.trusted_proxies;
        let address = client_ip::resolve(request.extensions(), request.headers(), trusted);
        let JsonBody(SessionTokenBody { session_token }) =
            JsonBody::from_request(request, state).await?;
        let kind = CredentialKind::SessionToken;
        let Some(token) = SessionToken::parse(&session_token) else {
            let error = authenticator.malformed(kind, address);
            return Err(error.forbidden_if_unauthorized(UNKNOWN_TOKEN));
        };
        let credential = Credential { token, kind, cookie_expires_at: None, proofs: Vec::new() };
        Ok(Self(RequestCredential { credential, now, address, user_agent: None, authenticator }))
    }
}
