//! The device of a session to issue.
//!
//! The login system repeats what a browser and a network say of themselves. None of that is an
//! error, because the person could not sign in: texts are cleaned and cut, and an address is taken
//! out of its usual forms, or dropped. The login system itself chooses names and JSON types, so
//! unknown names and other types than text are errors.

use std::net::IpAddr;

use serde::Deserialize;
use serde::de::Deserializer;
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::client_ip;
use crate::http::admin::issue::lossy_text::LossyText;
use crate::session::Device;

/// The maximum length of a device's user agent and location, in characters, which the database's
/// columns hold. The rest is cut off.
const MAX_LENGTH: usize = 512;

/// The device on which the person signed in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewDevice)]
pub(in crate::http::admin) struct DeviceBody {
    /// An IPv4 or IPv6 address, also with a port, in brackets, or as the value of
    /// `X-Forwarded-For` or `Forwarded`, whose first entry counts. Other texts are dropped.
    #[serde(default, deserialize_with = "address")]
    #[schema(value_type = Option<String>, example = "203.0.113.24")]
    ip_address: Option<IpAddr>,
    /// The first 512 characters are kept.
    #[serde(default, deserialize_with = "text")]
    user_agent: Option<String>,
    /// The first 512 characters are kept.
    #[serde(default, deserialize_with = "text")]
    location: Option<String>,
}

impl DeviceBody {
    pub(super) fn seen_at(&self, now: OffsetDateTime) -> Device {
        Device {
            id: Uuid::new_v4(),
            created_at: now,
            ip_address: self.ip_address.map(|address| address.to_string()),
            user_agent: self.user_agent.clone(),
            location: self.location.clone(),
            place: None,
        }
    }
}

fn address<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<IpAddr>, D::Error> {
    let text = Option::<LossyText>::deserialize(deserializer)?;
    Ok(text.and_then(|text| client_ip::client_in(&text.0)))
}

/// PostgreSQL refuses NUL, and no other character, in a text.
fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let text = Option::<LossyText>::deserialize(deserializer)?;
    Ok(text.map(|text| text.0.chars().filter(|c| *c != '\0').take(MAX_LENGTH).collect()))
}
