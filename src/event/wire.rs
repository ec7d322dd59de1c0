//! The JSON form of events: of the admin API, the command line and webhooks alike.

use std::net::IpAddr;

use serde::Serialize;
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::event::entry::Event;
use crate::event::id::EventId;
use crate::event::kind::Cause;
use crate::rfc3339::{optional_rfc3339, rfc3339};
use crate::session::AssuranceLevel;

/// A page of events.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = EventPage)]
pub struct WireEventPage {
    /// In the order of the log.
    events: Vec<WireEvent>,
    /// The position after which the next page begins, to be passed as `after`.
    next: String,
}

/// A change of a session or an identity.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Event)]
pub struct WireEvent {
    /// An opaque text that sorts like the position in the log.
    id: String,
    /// `session.issued`, `session.extended`, `session.changed`, `session.bound`,
    /// `session.binding_refused`, `session.revoked`, `session.expired`, `session.deleted`,
    /// `identity.changed`, `identity.deactivated` or `identity.deleted`. A later version may add
    /// types.
    r#type: &'static str,
    /// The time of the change.
    #[serde(serialize_with = "rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    timestamp: OffsetDateTime,
    data: WireEventData,
}

/// The change and its author. Absent fields are unknown, or do not apply.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = EventData)]
pub struct WireEventData {
    #[serde(skip_serializing_if = "Option::is_none")]
    session_id: Option<Uuid>,
    identity_id: Uuid,
    /// The reason why the session has ended: `user`, `operator`, `limit`, `idle`, `expired`,
    /// `identity_deactivated` or `identity_deleted`. Absent if it has not, or if it had ended before.
    /// The reason why the use of a bound session was refused: `binding_missing`, `binding_expired`,
    /// `wrong_key` or `already_bound`.
    #[serde(skip_serializing_if = "Option::is_none")]
    cause: Option<&'static str>,
    actor: WireActor,
    /// The expiry of the session after the change.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "optional_rfc3339")]
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<OffsetDateTime>,
    /// The assurance level of the session after the change, such as `aal2`. Absent if the change was
    /// another one.
    #[serde(skip_serializing_if = "Option::is_none")]
    authenticator_assurance_level: Option<&'static str>,
    /// The assurance level before.
    #[serde(skip_serializing_if = "Option::is_none")]
    previous_authenticator_assurance_level: Option<&'static str>,
    /// The `User-Agent` of the client, if the event is about a binding.
    #[serde(skip_serializing_if = "Option::is_none")]
    user_agent: Option<String>,
}

/// The author of a change.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = EventActor)]
struct WireActor {
    /// `user`, `operator` or `system`.
    kind: &'static str,
    /// The session that the person used.
    #[serde(skip_serializing_if = "Option::is_none")]
    session_id: Option<Uuid>,
    /// The client's address.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    address: Option<IpAddr>,
}

impl WireEvent {
    #[must_use]
    pub fn new(event: &Event) -> Self {
        let actor = event.actor;
        Self {
            id: event.id.to_string(),
            r#type: event.event_type.as_str(),
            timestamp: event.at,
            data: WireEventData {
                session_id: event.session,
                identity_id: event.identity,
                cause: event.cause.map(Cause::as_str),
                actor: WireActor {
                    kind: actor.kind.as_str(),
                    session_id: actor.session,
                    address: actor.address,
                },
                expires_at: event.expires_at,
                authenticator_assurance_level: event.level.map(AssuranceLevel::as_str),
                previous_authenticator_assurance_level: event
                    .previous_level
                    .map(AssuranceLevel::as_str),
                user_agent: event.user_agent.clone(),
            },
        }
    }
}

impl WireEventPage {
    #[must_use]
    pub fn new(events: &[Event], next: EventId) -> Self {
        Self { events: events.iter().map(WireEvent::new).collect(), next: next.to_string() }
    }
}
