//! The request body for issuing a session. Deserialization validates all of its fields.

use std::time::Duration;

use serde::Deserialize;
use serde::de::{Deserializer, Error};
use serde_json::value::to_raw_value;
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::authentication::MethodNames;
use crate::config::MAX_DURATION;
use crate::http::admin::issue::device::DeviceBody;
use crate::http::admin::issue::method::{Method, check_names, one_to_sixteen};
use crate::http::admin::issue::object::{Metadata, Object};
use crate::http::admin::issue::text::Text;
use crate::http::response::error::ApiError;
use crate::http::response::wire::{WireLevel, WireState};
use crate::identity::IdentityPatch;
use crate::service::SignIn;
use crate::session::AssuranceLevel;

/// A session to issue, as a login system describes it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewSession)]
pub(in crate::http::admin) struct IssueBody {
    #[serde(default)]
    pub identity: IdentityBody,
    /// The authentication methods that the person has completed: at least one.
    #[schema(min_items = 1, max_items = 16)]
    #[serde(deserialize_with = "one_to_sixteen")]
    pub authentication_methods: Vec<Method>,
    pub device: Option<DeviceBody>,
    /// The lifespan of the session, such as `24h`. Defaults to the setting `session.lifespan`.
    #[serde(default, deserialize_with = "duration")]
    #[schema(value_type = Option<String>, example = "24h")]
    pub expires_in: Option<Duration>,
    /// A JSON object of at most 4 KiB, which the session has from then on.
    #[schema(value_type = Option<Object>)]
    metadata: Option<Metadata>,
}

impl IssueBody {
    pub(super) fn read(
        self,
        names: &MethodNames,
        now: OffsetDateTime,
    ) -> Result<(IdentityPatch, SignIn), ApiError> {
        check_names(&self.authentication_methods, names)?;
        let level = self.authentication_methods.iter().map(Method::level).max();
        let methods = self.authentication_methods.iter().map(|method| method.completed(now));
        let sign_in = SignIn {
            // The serialization of a wire type cannot fail.
            methods: to_raw_value(&methods.collect::<Vec<_>>()).unwrap_or_default(),
            level: level.unwrap_or(AssuranceLevel::Aal0),
            device: self.device.as_ref().map(|device| device.seen_at(now)),
            expires_in: self.expires_in,
            metadata: self.metadata.map(|Metadata(json)| json),
        };
        Ok((self.identity.into(), sign_in))
    }
}

/// New values for the fields of an identity. Fields that are absent keep their values.
#[derive(Deserialize, Default, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = IdentityPatch)]
pub(in crate::http::admin) struct IdentityBody {
    #[schema(value_type = Option<String>, min_length = 1, max_length = 64)]
    external_id: Option<Text<64>>,
    #[schema(value_type = Option<String>, min_length = 1, max_length = 2048)]
    schema_id: Option<Text<2048>>,
    state: Option<WireState>,
    #[schema(value_type = Option<Object>)]
    traits: Option<Object>,
    #[schema(value_type = Option<Object>)]
    metadata_public: Option<Object>,
    #[schema(value_type = Option<Object>)]
    metadata_admin: Option<Object>,
    available_aal: Option<WireLevel>,
    organization_id: Option<Uuid>,
}

impl From<IdentityBody> for IdentityPatch {
    fn from(body: IdentityBody) -> Self {
        Self {
            external_id: body.external_id.map(|text| text.0),
            schema_id: body.schema_id.map(|text| text.0),
            state: body.state.map(Into::into),
            traits: body.traits.map(|object| object.0),
            metadata_public: body.metadata_public.map(|object| object.0),
            metadata_admin: body.metadata_admin.map(|object| object.0),
            available_level: body.available_aal.map(Into::into),
            organization_id: body.organization_id,
        }
    }
}

pub(in crate::http::admin) fn duration<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Duration>, D::Error> {
    let Some(text) = Option::<String>::deserialize(deserializer)? else {
        return Ok(None);
    };
    match humantime::parse_duration(&text) {
        Ok(duration) if !duration.is_zero() && duration <= MAX_DURATION => Ok(Some(duration)),
        _ => Err(D::Error::custom("expected a duration such as `24h`")),
    }
}
