//! The request body for changing a session. Deserialization validates all of its fields.

use std::time::Duration;

use serde::{Deserialize, Deserializer};
use serde_json::value::to_raw_value;
use time::OffsetDateTime;
use utoipa::ToSchema;

use crate::authentication::MethodNames;
use crate::edit::Edit;
use crate::http::admin::issue::method::{Method, check_names, one_to_sixteen};
use crate::http::admin::issue::object::Metadata;
use crate::http::admin::issue::request::duration;
use crate::http::response::error::ApiError;
use crate::service::SessionUpdate;
use crate::session::AssuranceLevel;
use crate::session_patch::StepUp;

/// The changes of a session. Fields that are absent stay as they are.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SessionPatch)]
pub(in crate::http::admin) struct UpdateBody {
    /// The authentication methods that the person has completed in addition. The assurance level
    /// rises to the highest of them, and the time of authentication is now.
    #[schema(value_type = Vec<Method>, min_items = 1, max_items = 16, required = false)]
    #[serde(default, deserialize_with = "some_methods")]
    authentication_methods: Option<Vec<Method>>,
    /// The time from now until the session expires, such as `24h`, at most until its absolute
    /// lifespan.
    #[serde(default, deserialize_with = "duration")]
    #[schema(value_type = Option<String>, example = "24h")]
    expires_in: Option<Duration>,
    /// A JSON object of at most 4 KiB that replaces the metadata. Null removes it.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    metadata: Edit<Metadata>,
    /// True replaces the session token, and with it the cookie.
    #[serde(default)]
    rotate_token: bool,
}

impl UpdateBody {
    pub(super) fn read(
        self,
        names: &MethodNames,
        now: OffsetDateTime,
    ) -> Result<SessionUpdate, ApiError> {
        let Self { authentication_methods, expires_in, metadata, rotate_token } = self;
        check_names(authentication_methods.as_deref().unwrap_or_default(), names)?;
        let changes = [
            authentication_methods.is_some(),
            expires_in.is_some(),
            !metadata.keeps(),
            rotate_token,
        ];
        if !changes.contains(&true) {
            return Err(ApiError::bad_request("The body changes nothing."));
        }
        Ok(SessionUpdate {
            step_up: authentication_methods.map(|methods| step_up(&methods, now)),
            expires_in,
            metadata: metadata.map(|Metadata(json)| json),
            rotates_token: rotate_token,
        })
    }
}

fn step_up(methods: &[Method], now: OffsetDateTime) -> StepUp {
    let level = methods.iter().map(Method::level).max().unwrap_or(AssuranceLevel::Aal0);
    // The serialization of a wire type cannot fail.
    let json = |method: &Method| to_raw_value(&method.completed(now)).unwrap_or_default();
    StepUp { methods: methods.iter().map(json).collect(), level, at: now }
}

fn some_methods<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Vec<Method>>, D::Error> {
    one_to_sixteen(deserializer).map(Some)
}
