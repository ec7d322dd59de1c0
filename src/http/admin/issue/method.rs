//! Authentication methods, as a login system reports them.

use serde::Deserialize;
use serde::de::{Deserializer, Error};
use time::OffsetDateTime;
use utoipa::ToSchema;

use crate::authentication::MethodNames;
use crate::http::admin::issue::text::Text;
use crate::http::response::error::ApiError;
use crate::http::response::wire::{CompletedMethod, WireLevel};
use crate::session::AssuranceLevel;

/// One authentication method that the person has completed.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AuthenticationMethod)]
pub(in crate::http::admin) struct Method {
    /// A name that Kratos knows, or one of `session.authentication_methods`.
    #[serde(rename = "method")]
    #[schema(examples("password", "oidc"))]
    name: String,
    aal: WireLevel,
    /// When the method was completed. Defaults to the current time.
    #[serde(default, with = "time::serde::rfc3339::option")]
    #[schema(value_type = Option<String>, format = DateTime)]
    completed_at: Option<OffsetDateTime>,
    /// The identity provider that vouched for the person, such as `google`.
    #[schema(value_type = Option<String>, min_length = 1, max_length = 128)]
    provider: Option<Text<128>>,
    /// The organization that the person signed in to.
    #[schema(value_type = Option<String>, min_length = 1, max_length = 128)]
    organization: Option<Text<128>>,
}

impl Method {
    pub(in crate::http::admin) fn level(&self) -> AssuranceLevel {
        self.aal.into()
    }

    pub(in crate::http::admin) fn completed(&self, now: OffsetDateTime) -> CompletedMethod<'_> {
        CompletedMethod {
            method: &self.name,
            aal: self.aal,
            completed_at: self.completed_at.unwrap_or(now),
            organization: self.organization.as_ref().map(|Text(text)| text.as_str()),
            provider: self.provider.as_ref().map(|Text(text)| text.as_str()),
        }
    }
}

/// Checks the names, which depend on the settings.
pub(in crate::http::admin) fn check_names(
    methods: &[Method],
    names: &MethodNames,
) -> Result<(), ApiError> {
    let Some(nth) = methods.iter().position(|method| !names.contains(&method.name)) else {
        return Ok(());
    };
    let known: Vec<_> = names.all().map(|name| format!("`{name}`")).collect();
    Err(ApiError::bad_request(format!(
        "The body is invalid at 'authentication_methods[{nth}].method': expected one of {}.",
        known.join(", ")
    )))
}

pub(in crate::http::admin) fn one_to_sixteen<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<Method>, D::Error> {
    let methods = Vec::deserialize(deserializer)?;
    if (1..=16).contains(&methods.len()) {
        Ok(methods)
    } else {
        Err(D::Error::custom("expected 1 to 16 methods"))
    }
}
