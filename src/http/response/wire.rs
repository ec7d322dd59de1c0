//! Sessions as JSON, key for key as Kratos writes them.

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

/// How much of a session is shown to operators.
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

/// A list that is larger is made in pieces.
const LARGEST_WHOLE: usize = 64 * 1024;

/// A JSON array of the sessions, all of the one identity, which is written
/// once and copied after that, or shared where the list is large.
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
    if length <= LARGEST_WHOLE {
        return Rows::Whole(bytes(&wire(&identity).collect::<Vec<_>>(), length));
    }
    let identity = SharedJson::new(identity);
    Rows::InPieces(Pieces::array(Some(identity.clone()), wire(identity.get())))
}

/// One session with all that its own person may see.
pub(in crate::http) fn own_session(
    whole: &SessionWithIdentity,
    base_url: &BaseUrl,
    expand: Expand,
    now: OffsetDateTime,
) -> Vec<u8> {
    let identity = raw(&WireIdentity::alone(&whole.identity, base_url));
    let session = &whole.session;
    let length = identity.get().len() + usual_length(session);
    let (active, devices) = (session.is_live(now), Some(devices(session, expand)));
    bytes(&WireSession::new(session, active, Some(&identity), devices, expand), length)
}

/// One session as operators see it. Without its devices there are none, not null.
pub(in crate::http) fn session_for_operators(
    found: &StoredSession,
    base_url: &BaseUrl,
    shown: Shown,
    now: OffsetDateTime,
) -> Vec<u8> {
    let whole = match found {
        Stored::Readable(whole) => whole,
        Stored::Unreadable(session) => {
            let wire = WireUnreadableSession::new(session, Some(base_url), shown, now);
            return bytes(&WireStoredSession::Unreadable(wire), 0);
        }
    };
    let identity = shown
        .identity
        .then(|| raw(&WireIdentity::alone(&whole.identity, base_url).for_operators()));
    let session = &whole.session;
    let length = identity.as_ref().map_or(0, |json| json.get().len()) + usual_length(session);
    let expand = shown.expand;
    let devices = if shown.devices { devices(session, expand) } else { Vec::new() };
    let active = is_active(whole, shown, now);
    let wire = WireSession::new(session, active, identity.as_deref(), Some(devices), expand);
    bytes(&WireStoredSession::Readable(wire), length)
}

/// A JSON array of sessions of several identities, as operators see them. Where
/// schemas are, Kratos tells in one of its lists, and not in the other. Each is dropped
/// as soon as it is written, as there may be many with large identities.
pub(in crate::http) fn sessions_for_operators(
    sessions: Vec<StoredSession>,
    base_url: Option<&BaseUrl>,
    shown: Shown,
    now: OffsetDateTime,
) -> Rows {
    let wire = |one: StoredSession| {
        let one = match one {
            Stored::Readable(one) => one,
            Stored::Unreadable(session) => {
                return raw(&WireUnreadableSession::new(&session, base_url, shown, now));
            }
        };
        let identity = || raw(&WireIdentity::in_lists(&one.identity).at(base_url).for_operators());
        let identity = shown.identity.then(identity);
        let devices = shown.devices.then(|| devices(&one.session, shown.expand));
        let active = is_active(&one, shown, now);
        raw(&WireSession::new(&one.session, active, identity.as_deref(), devices, shown.expand))
    };
    Rows::InPieces(Pieces::array(None, sessions.into_iter().map(wire)))
}

/// As Kratos tells it: of a person who is switched off no session is active, but
/// that counts only where the identity is shown.
fn is_active(one: &SessionWithIdentity, shown: Shown, now: OffsetDateTime) -> bool {
    one.session.is_live(now) && (!shown.identity || one.identity.state == State::Active)
}

/// Texts, ids, times and checked JSON: nothing in a wire type can fail to be written.
fn raw(value: &impl Serialize) -> Box<RawValue> {
    to_raw_value(value).unwrap_or_default()
}

/// In one piece that is about as large as it has to be.
fn bytes(value: &impl Serialize, usual_length: usize) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(usual_length);
    serde_json::to_writer(&mut bytes, value).map(|()| bytes).unwrap_or_default()
}

/// About as long as a session is as JSON, without its identity.
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

/// What operators see of a session.
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
