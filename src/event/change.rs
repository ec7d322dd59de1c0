//! A change of sessions, before it happens.

use time::OffsetDateTime;

use crate::event::actor::Actor;
use crate::event::kind::{Cause, EventType};

/// A change of one or more sessions, and its circumstances.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change {
    pub kind: ChangeKind,
    /// Why the sessions end, if they do, or why the use of a session was refused.
    pub cause: Option<Cause>,
    /// A sentence fragment for audit records.
    pub reason: &'static str,
    pub actor: Actor,
    pub at: OffsetDateTime,
}

/// The kind of change to a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeKind {
    Issued,
    Extended,
    /// Another property was changed.
    Changed,
    /// Bound to the key of a device.
    Bound,
    /// Not changed: the use of a bound session was refused.
    BindingRefused,
    /// Revoked by somebody.
    Ended,
    Deleted,
    /// Ended by itself, at its expiry.
    Expired,
    /// Deleted by the service, long after its end.
    Pruned,
}

impl ChangeKind {
    /// The name in audit records and metrics.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Issued => "issued",
            Self::Extended => "extended",
            Self::Changed => "changed",
            Self::Bound => "bound",
            Self::BindingRefused => "binding_refused",
            Self::Ended => "ended",
            Self::Deleted => "deleted",
            Self::Expired => "expired",
            Self::Pruned => "pruned",
        }
    }

    #[must_use]
    pub fn event_type(self) -> EventType {
        match self {
            Self::Issued => EventType::SessionIssued,
            Self::Extended => EventType::SessionExtended,
            Self::Changed => EventType::SessionChanged,
            Self::Bound => EventType::SessionBound,
            Self::BindingRefused => EventType::SessionBindingRefused,
            Self::Ended => EventType::SessionRevoked,
            Self::Deleted | Self::Pruned => EventType::SessionDeleted,
            Self::Expired => EventType::SessionExpired,
        }
    }

    /// The audit trail has what somebody did, and not what happens to every session.
    #[must_use]
    pub fn is_audited(self) -> bool {
        !matches!(self, Self::Expired | Self::Pruned)
    }
}

impl Change {
    /// Sessions are issued by a login system.
    #[must_use]
    pub fn issue(actor: Actor, at: OffsetDateTime) -> Self {
        Self { kind: ChangeKind::Issued, cause: None, reason: "signed in", actor, at }
    }

    #[must_use]
    pub fn extend(actor: Actor, at: OffsetDateTime) -> Self {
        Self { kind: ChangeKind::Extended, cause: None, reason: "extended", actor, at }
    }

    /// Properties of a session change, for this reason.
    #[must_use]
    pub fn property(actor: Actor, reason: &'static str, at: OffsetDateTime) -> Self {
        Self { kind: ChangeKind::Changed, cause: None, reason, actor, at }
    }

    /// A session is bound to the key of its device.
    #[must_use]
    pub fn bind(actor: Actor, at: OffsetDateTime) -> Self {
        Self { kind: ChangeKind::Bound, cause: None, reason: "bound to its device", actor, at }
    }

    /// The use of a bound session is refused for this cause.
    #[must_use]
    pub fn refuse_binding(actor: Actor, cause: Cause, at: OffsetDateTime) -> Self {
        let reason = "not used from its device";
        Self { kind: ChangeKind::BindingRefused, cause: Some(cause), reason, actor, at }
    }

    /// Live sessions end.
    #[must_use]
    pub fn end(actor: Actor, cause: Cause, reason: &'static str, at: OffsetDateTime) -> Self {
        Self { kind: ChangeKind::Ended, cause: Some(cause), reason, actor, at }
    }

    /// Sessions end that are more than their identity may have.
    #[must_use]
    pub fn evict(actor: Actor, at: OffsetDateTime) -> Self {
        Self::end(actor, Cause::Limit, "too many sessions", at)
    }

    /// Sessions are deleted. The cause is that of those which are live.
    #[must_use]
    pub fn delete(actor: Actor, cause: Cause, reason: &'static str, at: OffsetDateTime) -> Self {
        Self { kind: ChangeKind::Deleted, cause: Some(cause), reason, actor, at }
    }

    /// Sessions have ended by themselves.
    #[must_use]
    pub fn expire(at: OffsetDateTime) -> Self {
        Self {
            kind: ChangeKind::Expired,
            cause: Some(Cause::Expired),
            reason: "expired",
            actor: Actor::System,
            at,
        }
    }

    /// Sessions that ended long ago are deleted.
    #[must_use]
    pub fn prune(at: OffsetDateTime) -> Self {
        Self {
            kind: ChangeKind::Pruned,
            cause: None,
            reason: "ended long ago",
            actor: Actor::System,
            at,
        }
    }
}
