//! A device, as Kratos writes it; and with what its owner knows it by.

use std::borrow::Cow;

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::http::response::expand::Expand;
use crate::i18n::ENGLISH;
use crate::session::Device;
use crate::user_agent::UserAgent;

/// A browser or app that used a session.
#[derive(Serialize, ToSchema)]
#[schema(as = Device)]
pub(super) struct WireDevice<'a> {
    id: Uuid,
    ip_address: Option<&'a str>,
    user_agent: Option<&'a str>,
    location: Option<&'a str>,
    /// With `expand=device_labels`.
    #[serde(skip_serializing_if = "Option::is_none")]
    label: Option<WireLabel<'a>>,
}

/// What its User-Agent says, in English.
#[derive(Serialize, ToSchema)]
#[schema(as = DeviceLabel)]
struct WireLabel<'a> {
    /// Such as `Chrome on Windows`.
    text: Cow<'a, str>,
    client: Option<Cow<'a, str>>,
    system: Option<Cow<'a, str>>,
    /// `computer`, `phone`, `tablet`, `television`, `console`, `tool` or `unknown`.
    kind: &'static str,
}

impl<'a> WireDevice<'a> {
    pub(super) fn new(device: &'a Device, expand: Expand) -> Self {
        let user_agent = device.user_agent.as_deref();
        let label = || WireLabel::new(UserAgent::read(user_agent.unwrap_or_default()));
        Self {
            id: device.id,
            ip_address: device.ip_address.as_deref(),
            user_agent,
            location: device.location.as_deref(),
            label: expand.device_labels.then(label),
        }
    }
}

impl<'a> WireLabel<'a> {
    fn new(device: UserAgent<'a>) -> Self {
        let text = ENGLISH.device(&device).into_owned().into();
        Self { text, client: device.client, system: device.system, kind: device.kind.as_str() }
    }
}
