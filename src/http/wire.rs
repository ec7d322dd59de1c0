//! Sessions as JSON, key for key as Kratos writes them.

mod device;
mod identity;
mod instant;

use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;

use super::additions::Additions;
use super::admin::CompletedMethod;
use super::path::View;
use crate::config::BaseUrl;
use crate::identity::{Identity, SessionOfIdentity, State};
use crate::language::ENGLISH;
use crate::session::Session;
use device::WireDevice;
use identity::WireIdentity;
use instant::OptionalInstant;

/// How much of a session is shown to operators.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shown {
    pub identity: bool,
    pub devices: bool,
    pub additions: Additions,
}

impl From<View> for Shown {
    fn from(view: View) -> Self {
        Self { identity: view.identity, devices: view.devices, additions: view.additions }
    }
}

/// A JSON array of the sessions, all of the one identity, which is written
/// once and copied after that.
pub(super) fn sessions(
    sessions: &[Session],
    identity: &Identity,
    additions: Additions,
    now: OffsetDateTime,
) -> Vec<u8> {
    let identity = raw(&WireIdentity::in_lists(identity));
    let wire: Vec<_> = sessions
        .iter()
        .map(|session| {
            let active = session.is_live(now);
            let devices = Some(devices(session, additions));
            WireSession::new(session, active, Some(&identity), devices, additions)
        })
        .collect();
    bytes(&wire)
}

/// One session with all that its own person may see.
pub(super) fn own_session(
    whole: &SessionOfIdentity,
    base_url: &BaseUrl,
    additions: Additions,
    now: OffsetDateTime,
) -> Vec<u8> {
    let identity = raw(&WireIdentity::alone(&whole.identity, base_url));
    let session = &whole.session;
    let (active, devices) = (session.is_live(now), Some(devices(session, additions)));
    bytes(&WireSession::new(session, active, Some(&identity), devices, additions))
}

/// One session as operators see it. Without its devices there are none, not null.
pub(super) fn session_for_operators(
    whole: &SessionOfIdentity,
    base_url: &BaseUrl,
    shown: Shown,
    now: OffsetDateTime,
) -> Vec<u8> {
    let identity = shown
        .identity
        .then(|| raw(&WireIdentity::alone(&whole.identity, base_url).for_operators()));
    let session = &whole.session;
    let additions = shown.additions;
    let devices = if shown.devices { devices(session, additions) } else { Vec::new() };
    let active = is_active(whole, shown, now);
    bytes(&WireSession::new(session, active, identity.as_deref(), Some(devices), additions))
}

/// A JSON array of sessions of several identities, as operators see them. Where
/// schemas are, Kratos tells in one of its lists, and not in the other.
pub(super) fn sessions_for_operators(
    sessions: &[SessionOfIdentity],
    base_url: Option<&BaseUrl>,
    shown: Shown,
    now: OffsetDateTime,
) -> Vec<u8> {
    let wire = |one: &SessionOfIdentity| {
        let identity = || raw(&WireIdentity::in_lists(&one.identity).at(base_url).for_operators());
        let identity = shown.identity.then(identity);
        let devices = shown.devices.then(|| devices(&one.session, shown.additions));
        let active = is_active(one, shown, now);
        raw(&WireSession::new(&one.session, active, identity.as_deref(), devices, shown.additions))
    };
    bytes(&sessions.iter().map(wire).collect::<Vec<_>>())
}

/// As Kratos tells it: of a person who is switched off no session is active, but
/// that counts only where the identity is shown.
fn is_active(one: &SessionOfIdentity, shown: Shown, now: OffsetDateTime) -> bool {
    one.session.is_live(now) && (!shown.identity || one.identity.state == State::Active)
}

/// Texts, ids, times and checked JSON: nothing in a wire type can fail to be written.
fn raw(value: &impl Serialize) -> Box<RawValue> {
    to_raw_value(value).unwrap_or_default()
}

fn bytes(value: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(value).unwrap_or_default()
}

fn devices(session: &Session, additions: Additions) -> Vec<WireDevice<'_>> {
    session.devices.iter().map(|device| WireDevice::new(device, additions)).collect()
}

/// One place where a person is signed in.
#[derive(Serialize, ToSchema)]
#[schema(as = Session)]
pub(super) struct WireSession<'a> {
    id: Uuid,
    /// Neither ended nor expired.
    active: bool,
    #[serde(serialize_with = "instant::rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    expires_at: OffsetDateTime,
    #[serde(serialize_with = "instant::rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    authenticated_at: OffsetDateTime,
    #[schema(pattern = "^aal[0-3]$")]
    authenticator_assurance_level: &'a str,
    /// In the order of their completion.
    #[schema(value_type = Vec<CompletedMethod>)]
    authentication_methods: &'a RawValue,
    #[serde(serialize_with = "instant::rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    issued_at: OffsetDateTime,
    /// Null where it was not asked for.
    #[schema(value_type = Option<WireIdentity>)]
    identity: Option<&'a RawValue>,
    /// The most recent first. Null where they were not asked for.
    devices: Option<Vec<WireDevice<'a>>>,
    /// With `expand=device_labels`: how the person signed in, in English.
    #[serde(skip_serializing_if = "Option::is_none")]
    sign_in_methods: Option<Vec<String>>,
    /// With `expand=activity`: when it was last used, to the minute, unless the service
    /// is told otherwise. Null where that was never noted.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    last_active_at: Option<OptionalInstant>,
}

impl<'a> WireSession<'a> {
    fn new(
        session: &'a Session,
        active: bool,
        identity: Option<&'a RawValue>,
        devices: Option<Vec<WireDevice<'a>>>,
        additions: Additions,
    ) -> Self {
        let in_words = || ENGLISH.methods(&session.authentication_methods);
        Self {
            id: session.id,
            active,
            expires_at: session.expires_at,
            authenticated_at: session.authenticated_at,
            authenticator_assurance_level: session.assurance_level.as_str(),
            authentication_methods: &session.authentication_methods,
            issued_at: session.issued_at,
            identity,
            devices,
            sign_in_methods: additions.device_labels.then(in_words),
            last_active_at: additions.activity.then_some(OptionalInstant(session.last_active_at)),
        }
    }
}
