//! The JSON form of a device, as in Kratos, with an optional label in words.

use std::borrow::Cow;

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::http::extract::expand::{Expand, Part};
use crate::http::response::wire::names::WireDeviceKind;
use crate::i18n::ENGLISH;
use crate::session::Device;
use crate::user_agent::UserAgent;

/// A browser or app that used a session.
#[derive(Serialize, ToSchema)]
#[schema(as = Device)]
pub(super) struct WireDevice<'a> {
    id: Uuid,
    #[schema(required)]
    ip_address: Option<&'a str>,
    #[schema(required)]
    user_agent: Option<&'a str>,
    #[schema(required)]
    location: Option<&'a str>,
    /// The label of the device. Present with `expand=device_labels`.
    #[serde(skip_serializing_if = "Option::is_none")]
    label: Option<WireLabel<'a>>,
}

/// A description of a device in English, read from its user agent.
#[derive(Serialize, ToSchema)]
#[schema(as = DeviceLabel)]
struct WireLabel<'a> {
    /// The whole label, such as `Chrome on Windows`.
    text: Cow<'a, str>,
    /// The browser or app. Null if unknown.
    #[schema(required)]
    client: Option<Cow<'a, str>>,
    /// The operating system. Null if unknown.
    #[schema(required)]
    system: Option<Cow<'a, str>>,
    #[schema(value_type = WireDeviceKind)]
    kind: &'static str,
    /// The approximate place of the address, by `geoip.database`: a city and the code of its
    /// country, or the code alone. Absent if it is unknown, or if `location` is not empty.
    #[serde(skip_serializing_if = "Option::is_none")]
    location: Option<&'a str>,
}

impl<'a> WireDevice<'a> {
    pub(super) fn all(devices: &'a [Device], expand: Expand) -> Vec<Self> {
        devices.iter().map(|device| Self::new(device, expand)).collect()
    }

    fn new(device: &'a Device, expand: Expand) -> Self {
        let user_agent = device.user_agent.as_deref();
        let label = || WireLabel {
            location: device.place.as_deref(),
            ..WireLabel::new(UserAgent::read(user_agent.unwrap_or_default()))
        };
        Self {
            id: device.id,
            ip_address: device.ip_address.as_deref(),
            user_agent,
            location: device.location.as_deref(),
            label: expand.has(Part::DeviceLabels).then(label),
        }
    }
}

impl<'a> WireLabel<'a> {
    fn new(device: UserAgent<'a>) -> Self {
        let text = ENGLISH.device(&device).into_owned().into();
        let kind = device.kind.as_str();
        Self { text, client: device.client, system: device.system, kind, location: None }
    }
}
