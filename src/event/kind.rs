//! Types of events, and causes of the end of a session.

use std::fmt;
use std::str::FromStr;

/// Declares an enum whose values have names, with conversions in both directions.
macro_rules! named {
    ($(#[$attribute:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident = $text:literal,)* }) => {
        $(#[$attribute])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum $name {
            $($(#[$doc])* $variant,)*
        }

        impl $name {
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)*
                }
            }
        }

        impl FromStr for $name {
            type Err = UnknownName;

            fn from_str(text: &str) -> Result<Self, UnknownName> {
                Self::ALL.iter().copied().find(|one| one.as_str() == text).ok_or(UnknownName)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}
pub(super) use named;

/// The text is none of the known names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("unknown name")]
pub struct UnknownName;

named! {
    /// The type of an event. A later version may add types.
    EventType {
        SessionIssued = "session.issued",
        /// A session expires later than before.
        SessionExtended = "session.extended",
        /// Another property of a session has changed.
        SessionChanged = "session.changed",
        /// A session was bound to the key of a device.
        SessionBound = "session.bound",
        /// The cookie of a bound session came without a valid proof, or a proof was wrong.
        SessionBindingRefused = "session.binding_refused",
        /// A live session was ended by somebody, or together with its identity.
        SessionRevoked = "session.revoked",
        /// A session has ended by itself.
        SessionExpired = "session.expired",
        /// A session, live or not, no longer exists.
        SessionDeleted = "session.deleted",
        /// An identity was created or changed.
        IdentityChanged = "identity.changed",
        IdentityDeactivated = "identity.deactivated",
        IdentityDeleted = "identity.deleted",
    }
}

named! {
    /// The reason why a session has ended, or why the use of a bound session was refused.
    Cause {
        /// Its person signed out.
        User = "user",
        Operator = "operator",
        /// The identity had too many sessions.
        Limit = "limit",
        /// The session was not used for too long.
        Idle = "idle",
        Expired = "expired",
        IdentityDeactivated = "identity_deactivated",
        IdentityDeleted = "identity_deleted",
        /// The cookie of a bound session came alone.
        BindingMissing = "binding_missing",
        /// It came with a proof that had run out, which a browser no longer sends.
        BindingExpired = "binding_expired",
        /// Another key signed a proof.
        WrongKey = "wrong_key",
        /// A client with another key tried to bind a session that is bound.
        AlreadyBound = "already_bound",
    }
}
