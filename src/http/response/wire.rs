//! The JSON form of sessions, with exactly the keys that Kratos writes.

mod device;
mod identity;
mod instant;
mod unreadable;

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::config::BaseUrl;
use crate::http::admin::CompletedMethod;
use crate::http::extract::path_id::View;
use crate::http::response::expand::Expand;
use crate::http::response::pieces::{Pieces, SharedJson};
use crate::i18n::ENGLISH;
use crate::identity::{Identity, SessionWithIdentity, State};
use crate::session::{Device, Session};
use crate::stored_session::{Stored, StoredSession};
use device::WireDevice;
use identity::WireIdentity;
use instant::OptionalInstant;
use unreadable::WireUnreadableSession;

/// The parts of a session that are included for operators.
#[derive(Debug, Clone, Copy)]
pub(in crate::http) struct Shown {
    pub identity: bool,
    pub devices: bool,
    pub expand: Expand,
}

impl From<View> for Shown {
    fn from(view: View) -> Self {
        Self { identity: view.identity, devices: view.devices, expand: view.expand }
    }
}

/// A list as the body of a response.
pub(in crate::http) enum Rows {
    Whole(Vec<u8>),
    InPieces(Pieces),
}

impl IntoResponse for Rows {
    fn into_response(self) -> Response {
        match self {
            Self::Whole(rows) => Body::from(rows).into_response(),
            Self::InPieces(rows) => rows.into_response(),
        }
    }
}

/// The maximum length of a list in one piece. A longer list is written in several pieces.
const MAX_WHOLE_LENGTH: usize = 64 * 1024;

/// Writes a JSON array of sessions that all belong to one identity. The identity is serialized
/// once and then copied, or shared if the list is large.
pub(in crate::http) fn sessions(
    sessions: &[Session],
    identity: &Identity,
    expand: Expand,
    now: OffsetDateTime,
) -> Rows {
    let identity = raw(&WireIdentity::in_lists(identity));
    let each = identity.get().len();
    let length = sessions.iter().map(|session| each + usual_length(session)).sum();
    let wire = |identity| {
        sessions.iter().map(move |session| {
            let active = session.is_live(now);
            let devices = Some(devices(session, expand));
            WireSession::new(session, active, Some(identity), devices, expand)
        })
    };
    if length <= MAX_WHOLE_LENGTH {
        return Rows::Whole(bytes(&wire(&identity).collect::<Vec<_>>(), length));
    }
    let identity = SharedJson::new(identity);
    Rows::InPieces(Pieces::array(Some(identity.clone()), wire(identity.get())))
}

/// Writes one session with everything that its own person may see.
pub(in crate::http) fn own_session(
    found: &SessionWithIdentity,
    base_url: &BaseUrl,
    expand: Expand,
    now: OffsetDateTime,
) -> Vec<u8> {
    let identity = raw(&WireIdentity::alone(&found.identity, base_url));
    let session = &found.session;
    let length = identity.get().len() + usual_length(session);
    let (active, devices) = (session.is_live(now), Some(devices(session, expand)));
    bytes(&WireSession::new(session, active, Some(&identity), devices, expand), length)
}

/// Writes one session for operators. If devices are not included, they are an empty array rather
/// than null.
pub(in crate::http) fn session_for_operators(
    found: &StoredSession,
    base_url: &BaseUrl,
    shown: Shown,
    now: OffsetDateTime,
) -> Vec<u8> {
    let readable = match found {
        Stored::Readable(readable) => readable,
        Stored::Unreadable(session) => {
            let wire = WireUnreadableSession::new(session, Some(base_url), shown, now);
            return bytes(&WireStoredSession::Unreadable(wire), 0);
        }
    };
    let identity = shown
        .identity
        .then(|| raw(&WireIdentity::alone(&readable.identity, base_url).for_operators()));
    let session = &readable.session;
    let length = identity.as_ref().map_or(0, |json| json.get().len()) + usual_length(session);
    let expand = shown.expand;
    let devices = if shown.devices { devices(session, expand) } else { Vec::new() };
    let active = is_active(readable, shown, now);
    let wire = WireSession::new(session, active, identity.as_deref(), Some(devices), expand);
    bytes(&WireStoredSession::Readable(wire), length)
}

/// Writes a JSON array of sessions of several identities for operators. `base_url` adds the
/// schema's URL to each identity: Kratos has it in one of its two lists only. Each session is
/// dropped as soon as it is written, because there may be many with large identities.
pub(in crate::http) fn sessions_for_operators(
    sessions: Vec<StoredSession>,
    base_url: Option<&BaseUrl>,
    shown: Shown,
    now: OffsetDateTime,
) -> Rows {
    let wire = |stored: StoredSession| {
        let found = match stored {
            Stored::Readable(found) => found,
            Stored::Unreadable(session) => {
                return raw(&WireUnreadableSession::new(&session, base_url, shown, now));
            }
        };
        let identity =
            || raw(&WireIdentity::in_lists(&found.identity).at(base_url).for_operators());
        let identity = shown.identity.then(identity);
        let devices = shown.devices.then(|| devices(&found.session, shown.expand));
        let active = is_active(&found, shown, now);
        raw(&WireSession::new(&found.session, active, identity.as_deref(), devices, shown.expand))
    };
    Rows::InPieces(Pieces::array(None, sessions.into_iter().map(wire)))
}

/// Returns whether a session is reported as active. As in Kratos, the sessions of an inactive
/// identity are not active, but only if the response includes the identity.
fn is_active(found: &SessionWithIdentity, shown: Shown, now: OffsetDateTime) -> bool {
    found.session.is_live(now) && (!shown.identity || found.identity.state == State::Active)
}

/// Serializes a wire type. This cannot fail, because wire types contain only texts, ids, times and
/// validated JSON.
fn raw(value: &impl Serialize) -> Box<RawValue> {
    to_raw_value(value).unwrap_or_default()
}

/// Serializes a value into a buffer whose capacity is an estimate of the length.
fn bytes(value: &impl Serialize, usual_length: usize) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(usual_length);
    serde_json::to_writer(&mut bytes, value).map(|()| bytes).unwrap_or_default()
}

/// Estimates the length of a session as JSON, without its identity.
fn usual_length(session: &Session) -> usize {
    const SESSION: usize = 352;
    const DEVICE: usize = 128;
    let length = |text: &Option<String>| text.as_ref().map_or(0, String::len);
    let devices = session.devices.iter().map(|device| {
        DEVICE + length(&device.ip_address) + length(&device.user_agent) + length(&device.location)
    });
    SESSION + session.authentication_methods.get().len() + devices.sum::<usize>()
}

fn devices(session: &Session, expand: Expand) -> Vec<WireDevice<'_>> {
    devices_of(&session.devices, expand)
}

fn devices_of(devices: &[Device], expand: Expand) -> Vec<WireDevice<'_>> {
    devices.iter().map(|device| WireDevice::new(device, expand)).collect()
}

/// A session as operators see it.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
#[schema(as = StoredSession)]
pub(in crate::http) enum WireStoredSession<'a> {
    Readable(WireSession<'a>),
    Unreadable(WireUnreadableSession<'a>),
}

/// One place where a person is signed in.
#[derive(Serialize, ToSchema)]
#[schema(as = Session)]
pub(in crate::http) struct WireSession<'a> {
    id: Uuid,
    /// False if the session is revoked or expired.
    active: bool,
    #[serde(serialize_with = "instant::rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    expires_at: OffsetDateTime,
    #[serde(serialize_with = "instant::rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    authenticated_at: OffsetDateTime,
    #[schema(pattern = "^aal[0-3]$")]
    authenticator_assurance_level: &'a str,
    /// The completed authentication methods, in the order of their completion.
    #[schema(value_type = Vec<CompletedMethod>)]
    authentication_methods: &'a RawValue,
    #[serde(serialize_with = "instant::rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    issued_at: OffsetDateTime,
    /// The identity. Null if it was not requested.
    #[schema(value_type = Option<WireIdentity>)]
    identity: Option<&'a RawValue>,
    /// The devices, the most recent one first. Null if they were not requested.
    devices: Option<Vec<WireDevice<'a>>>,
    /// The authentication methods in words, in English. Present with `expand=device_labels`.
    #[serde(skip_serializing_if = "Option::is_none")]
    sign_in_methods: Option<Vec<String>>,
    /// The time when the session was last used, to the minute by default. Null if no activity was
    /// recorded. Present with `expand=activity`.
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
        expand: Expand,
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
            sign_in_methods: expand.device_labels.then(in_words),
            last_active_at: expand.activity.then_some(OptionalInstant(session.last_active_at)),
        }
    }
}
