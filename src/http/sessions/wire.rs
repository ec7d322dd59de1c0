//! Sessions as JSON, key for key as Kratos writes them.

use serde::{Serialize, Serializer};
use serde_json::value::{RawValue, to_raw_value};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::identity::Identity;
use crate::session::{Device, Session};

/// A JSON array of the sessions, all of the one identity, which is written
/// once and copied after that.
pub(super) fn sessions(sessions: &[Session], identity: &Identity) -> Vec<u8> {
    // Texts, ids, times and checked JSON: nothing here can fail to be written.
    let identity = to_raw_value(&WireIdentity::from(identity)).unwrap_or_default();
    let sessions: Vec<_> =
        sessions.iter().map(|session| WireSession::new(session, &identity)).collect();
    serde_json::to_vec(&sessions).unwrap_or_default()
}

#[derive(Serialize)]
struct WireSession<'a> {
    id: Uuid,
    active: bool,
    #[serde(serialize_with = "rfc3339")]
    expires_at: OffsetDateTime,
    #[serde(serialize_with = "rfc3339")]
    authenticated_at: OffsetDateTime,
    authenticator_assurance_level: &'a str,
    authentication_methods: &'a RawValue,
    #[serde(serialize_with = "rfc3339")]
    issued_at: OffsetDateTime,
    identity: &'a RawValue,
    devices: Vec<WireDevice<'a>>,
}

impl<'a> WireSession<'a> {
    fn new(session: &'a Session, identity: &'a RawValue) -> Self {
        Self {
            id: session.id,
            active: session.active,
            expires_at: session.expires_at,
            authenticated_at: session.authenticated_at,
            authenticator_assurance_level: session.assurance_level.as_str(),
            authentication_methods: &session.authentication_methods,
            issued_at: session.issued_at,
            identity,
            devices: session.devices.iter().map(WireDevice::from).collect(),
        }
    }
}

#[derive(Serialize)]
struct WireDevice<'a> {
    id: Uuid,
    ip_address: Option<&'a str>,
    user_agent: Option<&'a str>,
    location: Option<&'a str>,
}

impl<'a> From<&'a Device> for WireDevice<'a> {
    fn from(device: &'a Device) -> Self {
        Self {
            id: device.id,
            ip_address: device.ip_address.as_deref(),
            user_agent: device.user_agent.as_deref(),
            location: device.location.as_deref(),
        }
    }
}

#[derive(Serialize)]
struct WireIdentity<'a> {
    id: Uuid,
    #[serde(skip_serializing_if = "Option::is_none")]
    external_id: Option<&'a str>,
    schema_id: &'a str,
    /// Kratos leaves it empty in lists, and clients demand the key.
    schema_url: &'a str,
    state: &'a str,
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "optional_rfc3339")]
    state_changed_at: Option<OffsetDateTime>,
    traits: &'a RawValue,
    metadata_public: Option<&'a RawValue>,
    #[serde(serialize_with = "rfc3339")]
    created_at: OffsetDateTime,
    #[serde(serialize_with = "rfc3339")]
    updated_at: OffsetDateTime,
    organization_id: Option<Uuid>,
}

impl<'a> From<&'a Identity> for WireIdentity<'a> {
    fn from(identity: &'a Identity) -> Self {
        Self {
            id: identity.id,
            external_id: identity.external_id.as_deref(),
            schema_id: &identity.schema_id,
            schema_url: "",
            state: identity.state.as_str(),
            state_changed_at: identity.state_changed_at,
            traits: &identity.traits,
            metadata_public: identity.metadata_public.as_deref(),
            created_at: identity.created_at,
            updated_at: identity.updated_at,
            organization_id: identity.organization_id,
        }
    }
}

/// RFC 3339 in UTC with a `Z`; of the fraction as many digits as say something.
fn rfc3339<S: Serializer>(time: &OffsetDateTime, serializer: S) -> Result<S::Ok, S::Error> {
    let (hour, minute, second) = time.to_hms();
    let (year, month, day) = time.to_calendar_date();
    let month = u8::from(month);
    let time_text = format_args!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}");
    match time.nanosecond() {
        0 => serializer.collect_str(&format_args!("{time_text}Z")),
        nanosecond => {
            let fraction = format!("{nanosecond:09}");
            let fraction = fraction.trim_end_matches('0');
            serializer.collect_str(&format_args!("{time_text}.{fraction}Z"))
        }
    }
}

#[expect(clippy::ref_option, reason = "the form that serde asks for")]
fn optional_rfc3339<S: Serializer>(
    time: &Option<OffsetDateTime>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match time {
        Some(time) => rfc3339(time, serializer),
        None => serializer.serialize_none(),
    }
}
