//! The JSON form of authentication methods.

use serde::Serialize;
use time::OffsetDateTime;
use utoipa::ToSchema;

use crate::http::response::wire::names::WireLevel;

/// A completed authentication method, as it is stored and returned.
#[derive(Serialize, ToSchema)]
pub(in crate::http) struct CompletedMethod<'a> {
    /// A name that Kratos knows, or one of `session.authentication_methods`.
    pub method: &'a str,
    pub aal: WireLevel,
    #[serde(with = "time::serde::rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    pub completed_at: OffsetDateTime,
    /// The organization that the person signed in to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organization: Option<&'a str>,
    /// The identity provider that vouched for the person, such as `google`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provider: Option<&'a str>,
}
