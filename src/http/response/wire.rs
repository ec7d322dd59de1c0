//! The JSON form of sessions, with exactly the keys that Kratos writes.

mod authentication_method;
mod device;
mod identity;
mod names;
mod schema_urls;
mod serialized;
mod session;
mod unreadable;

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use time::OffsetDateTime;
use utoipa::ToSchema;

use crate::http::extract::expand::{Expand, Part};
use crate::http::response::pieces::{Pieces, SharedJson};
use crate::identity::{Identity, SessionWithIdentity, State};
use crate::service::{Caller, RenderedSession};
use crate::session::Session;
use crate::stored_session::{Stored, StoredSession};
use device::WireDevice;
use serialized::{bytes, raw};
use unreadable::WireUnreadableSession;

pub(in crate::http) use authentication_method::CompletedMethod;
pub(in crate::http) use identity::WireIdentity;
pub(in crate::http) use names::{WireLevel, WireState};
pub(in crate::http) use schema_urls::SchemaUrls;
pub(in crate::http) use session::WireSession;

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

/// The identity in a session that [`own_session`] has written.
#[derive(Deserialize)]
struct OwnIdentity {
    identity: Box<RawValue>,
}

/// Writes the identity of the sessions of a list.
pub(in crate::http) fn identity_in_lists(caller: &Caller) -> Box<RawValue> {
    match caller {
        Caller::Read(caller) => raw(&WireIdentity::in_lists(&caller.identity)),
        Caller::Known(current) => {
            // This cannot fail: the body was written here.
            let own: Option<OwnIdentity> = serde_json::from_slice(&current.body).ok();
            own.map_or_else(Box::default, |own| own.identity)
        }
    }
}

/// Writes a JSON array of sessions that all belong to one identity, which is copied, or shared if
/// the list is large.
pub(in crate::http) fn sessions(
    sessions: &[Session],
    identity: Box<RawValue>,
    expand: Expand,
    now: OffsetDateTime,
) -> Rows {
    let each = identity.get().len();
    let length = sessions.iter().map(|session| each + usual_length(session)).sum();
    let wire = |identity| {
        sessions.iter().map(move |session| {
            let active = session.is_live(now);
            let devices = Some(devices_of(session, expand));
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
    schemas: &SchemaUrls,
    expand: Expand,
    now: OffsetDateTime,
) -> RenderedSession {
    let identity = WireIdentity::alone(&found.identity, schemas);
    let has_identity_of_lists = identity.is_as_in_lists();
    let identity = raw(&identity);
    let session = &found.session;
    let length = identity.get().len() + usual_length(session);
    let (active, devices) = (session.is_live(now), Some(devices_of(session, expand)));
    let body = bytes(&WireSession::new(session, active, Some(&identity), devices, expand), length);
    RenderedSession { body, has_identity_of_lists }
}

/// Adds a JWT to a session that [`own_session`] has written. The characters of a JWT are safe in
/// JSON (RFC 7515 §3).
pub(in crate::http) fn tokenized(session: &[u8], jwt: &str) -> Vec<u8> {
    const KEY: &[u8] = br#","tokenized":""#;
    let fields = session.strip_suffix(b"}").unwrap_or(session);
    [fields, KEY, jwt.as_bytes(), b"\"}"].concat()
}

/// Writes one identity of the service's own tables for operators.
pub(in crate::http) fn identity_for_operators(identity: &Identity) -> Vec<u8> {
    bytes(&WireIdentity::in_lists(identity).for_operators(), 0)
}

/// Writes one session for operators. If devices are not included, they are an empty array rather
/// than null.
pub(in crate::http) fn session_for_operators(
    found: &StoredSession,
    schemas: &SchemaUrls,
    expand: Expand,
    now: OffsetDateTime,
) -> Vec<u8> {
    let readable = match found {
        Stored::Readable(readable) => readable,
        Stored::Unreadable(session) => {
            let wire = WireUnreadableSession::new(session, schemas, expand, now);
            return bytes(&WireStoredSession::Unreadable(wire), 0);
        }
    };
    let identity = expand
        .has(Part::Identity)
        .then(|| raw(&WireIdentity::alone(&readable.identity, schemas).for_operators()));
    let session = &readable.session;
    let length = identity.as_ref().map_or(0, |json| json.get().len()) + usual_length(session);
    let devices = if expand.has(Part::Devices) { devices_of(session, expand) } else { Vec::new() };
    let active = is_active(readable, expand, now);
    let wire = WireSession::new(session, active, identity.as_deref(), Some(devices), expand);
    bytes(&WireStoredSession::Readable(wire), length)
}

/// Writes a JSON array of sessions of several identities for operators. Kratos has the
/// URLs of schemas in one of its two lists only. Each session is
/// dropped as soon as it is written, because there may be many with large identities.
pub(in crate::http) fn sessions_for_operators(
    sessions: Vec<StoredSession>,
    schemas: &SchemaUrls,
    expand: Expand,
    now: OffsetDateTime,
) -> Rows {
    let wire = |stored: StoredSession| {
        let found = match stored {
            Stored::Readable(found) => found,
            Stored::Unreadable(session) => {
                return raw(&WireUnreadableSession::new(&session, schemas, expand, now));
            }
        };
        let identity = || raw(&WireIdentity::in_lists(&found.identity).at(schemas).for_operators());
        let identity = expand.has(Part::Identity).then(identity);
        let devices = expand.has(Part::Devices).then(|| devices_of(&found.session, expand));
        let active = is_active(&found, expand, now);
        raw(&WireSession::new(&found.session, active, identity.as_deref(), devices, expand))
    };
    Rows::InPieces(Pieces::array(None, sessions.into_iter().map(wire)))
}

/// Returns whether a session is reported as active. As in Kratos, the sessions of an inactive
/// identity are not active, but only if the response includes the identity.
fn is_active(found: &SessionWithIdentity, expand: Expand, now: OffsetDateTime) -> bool {
    let is_refused = expand.has(Part::Identity) && found.identity.state != State::Active;
    found.session.is_live(now) && !is_refused
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

fn devices_of(session: &Session, expand: Expand) -> Vec<WireDevice<'_>> {
    WireDevice::all(&session.devices, expand)
}

/// A session as operators see it.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
#[schema(as = StoredSession)]
pub(in crate::http) enum WireStoredSession<'a> {
    Readable(WireSession<'a>),
    Unreadable(WireUnreadableSession<'a>),
}
