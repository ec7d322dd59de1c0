//! The request body for issuing a session. Deserialization validates all of its fields.

use std::net::IpAddr;
use std::str::FromStr;
use std::time::Duration;

use serde::de::{Deserializer, Error};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::config::MAX_DURATION;
use crate::identity::{IdentityPatch, State};
use crate::session::{AssuranceLevel, Device, Json};

/// The maximum length of a device's user agent and location, in characters. The rest is cut off.
const MAX_DEVICE_TEXT_LENGTH: usize = 512;

/// A session to issue, as a login system describes it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewSession)]
pub(in crate::http) struct IssueBody {
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
}

/// New values for the fields of an identity. Fields that are absent keep their values.
#[derive(Deserialize, Default, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = IdentityPatch)]
pub(in crate::http) struct IdentityBody {
    #[schema(value_type = Option<String>, min_length = 1, max_length = 64)]
    external_id: Option<Text<64>>,
    #[schema(value_type = Option<String>, min_length = 1, max_length = 2048)]
    schema_id: Option<Text<2048>>,
    #[schema(value_type = Option<String>, pattern = "^(in)?active$")]
    state: Option<Named<State>>,
    #[schema(value_type = Option<Object>)]
    traits: Option<Object>,
    #[schema(value_type = Option<Object>)]
    metadata_public: Option<Object>,
    #[schema(value_type = Option<Object>)]
    metadata_admin: Option<Object>,
    #[schema(value_type = Option<String>, pattern = "^aal[0-3]$")]
    available_aal: Option<Named<AssuranceLevel>>,
    organization_id: Option<Uuid>,
}

impl IdentityBody {
    pub(in crate::http) fn switches_off(&self) -> bool {
        matches!(self.state, Some(Named(State::Inactive)))
    }
}

impl From<IdentityBody> for IdentityPatch {
    fn from(body: IdentityBody) -> Self {
        Self {
            external_id: body.external_id.map(|text| text.0),
            schema_id: body.schema_id.map(|text| text.0),
            state: body.state.map(|name| name.0),
            traits: body.traits.map(|object| object.0),
            metadata_public: body.metadata_public.map(|object| object.0),
            metadata_admin: body.metadata_admin.map(|object| object.0),
            available_level: body.available_aal.map(|name| name.0),
            organization_id: body.organization_id,
        }
    }
}

/// One authentication method that the person has completed.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AuthenticationMethod)]
pub(in crate::http) struct Method {
    #[serde(rename = "method")]
    name: MethodName,
    #[schema(value_type = String, pattern = "^aal[0-3]$")]
    pub aal: Named<AssuranceLevel>,
    /// When the method was completed. Defaults to the current time.
    #[serde(default, with = "time::serde::rfc3339::option")]
    #[schema(value_type = Option<String>, format = DateTime)]
    completed_at: Option<OffsetDateTime>,
}

/// The authentication methods that Kratos knows. Published clients refuse all others.
#[derive(Deserialize, Serialize, Clone, Copy, ToSchema)]
#[serde(rename_all = "snake_case")]
enum MethodName {
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
    #[schema(pattern = "^aal[0-3]$")]
    aal: &'static str,
    #[schema(format = DateTime)]
    completed_at: String,
}

impl Method {
    pub(in crate::http) fn at(&self, now: OffsetDateTime) -> CompletedMethod {
        let completed_at = self.completed_at.unwrap_or(now);
        CompletedMethod {
            name: self.name,
            aal: self.aal.0.as_str(),
            // A time that was parsed from RFC 3339 can be formatted as such.
            completed_at: completed_at.format(&Rfc3339).unwrap_or_default(),
        }
    }
}

/// The device on which the person signed in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewDevice)]
pub(in crate::http) struct DeviceBody {
    /// An IPv4 or IPv6 address.
    #[schema(value_type = Option<String>)]
    ip_address: Option<IpAddr>,
    user_agent: Option<String>,
    location: Option<String>,
}

impl DeviceBody {
    pub(in crate::http) fn seen_at(&self, now: OffsetDateTime) -> Device {
        // Texts are cleaned and cut instead of refused: a person can sign in whatever their
        // browser calls itself.
        let clean = |text: &String| {
            text.chars().filter(|c| *c != '\0').take(MAX_DEVICE_TEXT_LENGTH).collect()
        };
        Device {
            id: Uuid::new_v4(),
            created_at: now,
            ip_address: self.ip_address.map(|address| address.to_string()),
            user_agent: self.user_agent.as_ref().map(clean),
            location: self.location.as_ref().map(clean),
        }
    }
}

/// A text of 1 to `MAX` characters without NUL.
struct Text<const MAX: usize>(String);

impl<'de, const MAX: usize> Deserialize<'de> for Text<MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if text.is_empty() || text.contains('\0') || text.chars().count() > MAX {
            return Err(D::Error::custom(format!("expected 1 to {MAX} characters")));
        }
        Ok(Self(text))
    }
}

/// A value that is written as a name.
pub(in crate::http) struct Named<T>(pub T);

impl<'de, T: FromStr> Deserialize<'de> for Named<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        name.parse().map(Self).map_err(|_| D::Error::custom(format!("unknown name `{name}`")))
    }
}

/// A JSON object without NUL characters, because some databases refuse them. Other limits differ
/// between databases, and each database enforces its own.
struct Object(Json);

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let json = Box::<RawValue>::deserialize(deserializer)?;
        match serde_json::from_str(json.get()) {
            Ok(object @ Value::Object(_)) if !has_nul(&object) => Ok(Self(json)),
            Ok(Value::Object(_)) => Err(D::Error::custom("expected no NUL character")),
            _ => Err(D::Error::custom("expected an object")),
        }
    }
}

/// Returns whether a text in the value contains NUL. The recursion is bounded by the depth that
/// serde_json accepts.
fn has_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(items) => items.iter().any(has_nul),
        Value::Object(members) => {
            members.iter().any(|(name, value)| name.contains('\0') || has_nul(value))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

fn one_to_sixteen<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Method>, D::Error> {
    let methods = Vec::deserialize(deserializer)?;
    if (1..=16).contains(&methods.len()) {
        Ok(methods)
    } else {
        Err(D::Error::custom("expected 1 to 16 methods"))
    }
}

fn duration<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Duration>, D::Error> {
    let Some(text) = Option::<String>::deserialize(deserializer)? else {
        return Ok(None);
    };
    match humantime::parse_duration(&text) {
        Ok(duration) if !duration.is_zero() && duration <= MAX_DURATION => Ok(Some(duration)),
        _ => Err(D::Error::custom("expected a duration such as `24h`")),
    }
}
