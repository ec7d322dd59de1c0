//! The claims of a security event token.

use serde_json::{Value, json};
use time::OffsetDateTime;

use crate::event::{ActorKind, Cause, Event, EventType};
use crate::session::AssuranceLevel;

const CAEP: &str = "https://schemas.openid.net/secevent/caep/event-type/";

/// The name of an event in CAEP. A session that had ended before it was deleted has no further one.
fn name(event: &Event) -> Option<&'static str> {
    match event.event_type {
        EventType::SessionIssued => Some("session-established"),
        EventType::SessionRevoked | EventType::SessionExpired => Some("session-revoked"),
        EventType::SessionDeleted => event.cause.map(|_| "session-revoked"),
        EventType::SessionChanged => event.level.map(|_| "assurance-level-change"),
        _ => None,
    }
}

pub(crate) fn is_event(event: &Event) -> bool {
    name(event).is_some()
}

/// CAEP 1.0 §2: who caused the event.
fn initiating_entity(actor: ActorKind, cause: Option<Cause>) -> &'static str {
    match (actor, cause) {
        (_, Some(Cause::Limit | Cause::Idle)) => "policy",
        (ActorKind::User, _) => "user",
        (ActorKind::Operator, _) => "admin",
        (ActorKind::System, _) => "system",
    }
}

fn reason(cause: Cause) -> &'static str {
    match cause {
        Cause::User => "The person signed out.",
        Cause::Operator => "An operator ended the session.",
        Cause::Limit => "The person had too many sessions.",
        Cause::Idle => "The session was not used for too long.",
        Cause::Expired => "The session has expired.",
        Cause::IdentityDeactivated => "The identity was deactivated.",
        Cause::IdentityDeleted => "The identity was deleted.",
        // CAEP has no event for these.
        Cause::BindingMissing | Cause::BindingExpired | Cause::WrongKey | Cause::AlreadyBound => {
            "The session was not used from its device."
        }
    }
}

/// CAEP 1.0 §3.4: the levels after the change and before, in the words of NIST SP 800-63.
fn add_levels(content: &mut Value, current: AssuranceLevel, previous: Option<AssuranceLevel>) {
    let name = |level: AssuranceLevel| format!("nist-{}", level.as_str());
    content["namespace"] = "NIST-AAL".into();
    content["current_level"] = name(current).into();
    if let Some(previous) = previous {
        content["previous_level"] = name(previous).into();
        let direction = if current > previous { "increase" } else { "decrease" };
        content["change_direction"] = direction.into();
    }
}

/// The claims for this audience. The id is the same whenever the token is made.
pub(super) fn of(
    event: &Event,
    issuer: &str,
    audience: &str,
    now: OffsetDateTime,
) -> Option<Value> {
    let name = format!("{CAEP}{}", name(event)?);
    let mut content = json!({
        "event_timestamp": event.at.unix_timestamp(),
        "initiating_entity": initiating_entity(event.actor.kind, event.cause),
    });
    if let Some(level) = event.level {
        add_levels(&mut content, level, event.previous_level);
    }
    if let Some(cause) = event.cause {
        content["reason_admin"] = json!({"en": reason(cause)});
    }
    Some(json!({
        "iss": issuer,
        "jti": format!("evt_{}", event.id),
        "iat": now.unix_timestamp(),
        "aud": audience,
        "txn": event.id.to_string(),
        "sub_id": {
            "format": "complex",
            "user": {"format": "iss_sub", "iss": issuer, "sub": event.identity},
            "session": {"format": "opaque", "id": event.session?},
        },
        "events": {name: content},
    }))
}
