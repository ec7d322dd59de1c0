//! The rules for device-bound sessions.

use std::time::Duration;

use crate::config::binding::Binding;
use crate::config::{BaseUrl, Schema, Session};

/// A browser renews its proof two seconds before it runs out, at least.
const MIN_LIFETIME: Duration = Duration::from_secs(5);

/// The problem of these settings, if there is one.
pub(super) fn problem(
    session: &Session,
    base_url: &BaseUrl,
    schema: Schema,
    read_only: bool,
) -> Option<&'static str> {
    if session.binding == Binding::Off {
        return None;
    }
    if schema == Schema::Kratos {
        Some(
            "session.binding: expected \"off\", because database.schema is \"kratos\", and Kratos \
             accepts the cookie of a bound session alone",
        )
    } else if !session.cookies || session.cookie_secrets.is_empty() {
        Some("session.binding: expected \"off\", because there are no session.cookie_secrets")
    } else if !base_url.is_secure() {
        Some(
            "session.binding: expected \"off\", because server.base_url is not https, and browsers \
             bind sessions over TLS only",
        )
    } else if read_only {
        Some("session.binding: expected \"off\", because database.read_only is true")
    } else if session.binding_lifetime < MIN_LIFETIME {
        Some("session.binding_lifetime: expected at least 5s")
    } else {
        None
    }
}
