//! The JSON form of authentication methods.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::ToSchema;

use crate::http::response::wire::names::WireLevel;

/// The authentication methods that Kratos knows. Published clients refuse all others.
#[derive(Deserialize, Serialize, Clone, Copy, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(in crate::http) enum MethodName {
    Code,
    CodeRecovery,
    LinkRecovery,
    LookupSecret,
    Oidc,
    Passkey,
    Password,
    Profile,
    Saml,
    Totp,
    Webauthn,
}

/// A completed authentication method, as it is stored and returned.
#[derive(Serialize, ToSchema)]
pub(in crate::http) struct CompletedMethod {
    #[serde(rename = "method")]
    #[schema(value_type = String)]
    name: MethodName,
    aal: WireLevel,
    #[serde(with = "time::serde::rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    completed_at: OffsetDateTime,
}

impl CompletedMethod {
    pub(in crate::http) fn new(
        name: MethodName,
        aal: WireLevel,
        completed_at: OffsetDateTime,
    ) -> Self {
        Self { name, aal, completed_at }
    }
}
