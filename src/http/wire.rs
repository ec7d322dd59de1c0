//! Sessions as JSON, key for key as Kratos writes them.

mod identity;
mod instant;

use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::config::BaseUrl;
use crate::identity::{Identity, SessionOfIdentity, State};
use crate::session::{Device, Session};
use identity::WireIdentity;

/// How much of a session is shown to operators.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shown {
    pub identity: bool,
    pub devices: bool,
}

/// A JSON array of the sessions, all of the one identity, which is written
/// once and copied after that.
pub(super) fn sessions(sessions: &[Session], identity: &Identity, now: OffsetDateTime) -> Vec<u8> {
    let identity = raw(&WireIdentity::in_lists(identity));
    let wire: Vec<_> = sessions
        .iter()
        .map(|session| {
            let active = session.is_live(now);
            WireSession::new(session, active, Some(&identity), Some(devices(session)))
        })
        .collect();
    bytes(&wire)
}

/// One session with all that its own person may see.
pub(super) fn own_session(
    whole: &SessionOfIdentity,
    base_url: &BaseUrl,
    now: OffsetDateTime,
) -> Vec<u8> {
    let identity = raw(&WireIdentity::alone(&whole.identity, base_url));
    let session = &whole.session;
    bytes(&WireSession::new(session, session.is_live(now), Some(&identity), Some(devices(session))))
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
    let devices = if shown.devices { devices(session) } else { Vec::new() };
    let active = is_active(whole, shown, now);
    bytes(&WireSession::new(session, active, identity.as_deref(), Some(devices)))
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
        let devices = shown.devices.then(|| devices(&one.session));
        let active = is_active(one, shown, now);
        raw(&WireSession::new(&one.session, active, identity.as_deref(), devices))
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

fn devices(session: &Session) -> Vec<WireDevice<'_>> {
    session.devices.iter().map(WireDevice::from).collect()
}

#[derive(Serialize)]
struct WireSession<'a> {
    id: Uuid,
    active: bool,
    #[serde(serialize_with = "instant::rfc3339")]
    expires_at: OffsetDateTime,
    #[serde(serialize_with = "instant::rfc3339")]
    authenticated_at: OffsetDateTime,
    authenticator_assurance_level: &'a str,
    authentication_methods: &'a RawValue,
    #[serde(serialize_with = "instant::rfc3339")]
    issued_at: OffsetDateTime,
    identity: Option<&'a RawValue>,
    devices: Option<Vec<WireDevice<'a>>>,
}

impl<'a> WireSession<'a> {
    fn new(
        session: &'a Session,
        active: bool,
        identity: Option<&'a RawValue>,
        devices: Option<Vec<WireDevice<'a>>>,
    ) -> Self {
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
