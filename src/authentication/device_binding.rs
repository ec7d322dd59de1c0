//! Device-bound sessions (W3C Device Bound Session Credentials,
//! <https://w3c.github.io/webappsec-dbsc/>): the cookie that proves for a short time that a browser
//! has the key of its session, and the challenges that it answers to receive one.
//!
//! Both are signed texts: a proof for the id of a session, so that it outlives a rotation of the
//! token, and a challenge for its token. So neither is of use with another session, and both are
//! checked without a statement.

mod used_challenges;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use cookie::Cookie;
use rand::RngExt as _;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::authentication::cookie::CookieCodec;
use crate::authentication::device_binding::used_challenges::UsedChallenges;
use crate::authentication::signed_text::{TextOwner, TextPurpose};
use crate::config::{Binding, Config};
use crate::session::SessionToken;

/// A browser answers at once. It has to start, in the worst case.
const CHALLENGE_LIFETIME: Duration = Duration::from_mins(5);
const SUFFIX: &str = "_bound";
/// A request may take as long on a slow network.
const MIN_MARGIN: Duration = Duration::from_secs(2);

/// Makes and reads what browsers and this service exchange about bindings.
pub struct DeviceBinding {
    codec: Arc<CookieCodec>,
    lifetime: Duration,
    /// The cookie, without its value and age.
    template: Cookie<'static>,
    used: UsedChallenges,
}

/// A browser has proved that it has the key of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeviceProof {
    pub session: Uuid,
    /// It counts before this instant.
    pub until: OffsetDateTime,
}

/// The request that a challenge is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChallengeKind {
    Registration,
    Refresh,
}

impl ChallengeKind {
    fn purpose(self) -> TextPurpose {
        match self {
            Self::Registration => TextPurpose::Registration,
            Self::Refresh => TextPurpose::Refresh,
        }
    }
}

impl DeviceBinding {
    /// `None` if sessions are not bound.
    #[must_use]
    pub fn new(config: &Config, codec: &Arc<CookieCodec>) -> Option<Self> {
        if config.session.binding == Binding::Off {
            return None;
        }
        let mut template = codec.template();
        template.set_name(format!("{}{SUFFIX}", codec.name()));
        let lifetime = config.session.binding_lifetime;
        Some(Self { codec: Arc::clone(codec), lifetime, template, used: UsedChallenges::default() })
    }

    /// The name of the cookie.
    #[must_use]
    pub fn cookie_name(&self) -> &str {
        self.template.name()
    }

    /// The attributes of the cookie as a browser has to find them, without its age.
    #[must_use]
    pub fn cookie_attributes(&self) -> String {
        let cookie = self.template.to_string();
        cookie.split_once("; ").map_or_else(String::new, |(_, attributes)| attributes.to_owned())
    }

    /// The value of a `Set-Cookie` header: the browser of this session has proved that it has the
    /// key. `None` if no secret is configured.
    #[must_use]
    pub fn set_cookie(&self, session: Uuid, now: OffsetDateTime) -> Option<String> {
        let text = format!("{} {}", session.simple(), milliseconds(now + self.lifetime));
        let purpose = TextPurpose::BoundCookie;
        let mut cookie = self.template.clone();
        cookie.set_value(self.codec.sign_text(purpose, &text, TextOwner::Bearer)?);
        // The browser renews the proof before it runs out here, whatever the way takes.
        let margin = (self.lifetime / 20).max(MIN_MARGIN);
        cookie.set_max_age(time::Duration::try_from(self.lifetime.saturating_sub(margin)).ok());
        Some(cookie.to_string())
    }

    /// The value of a `Set-Cookie` header that removes the cookie.
    #[must_use]
    pub fn remove_cookie(&self) -> String {
        let mut cookie = self.template.clone();
        cookie.make_removal();
        cookie.to_string()
    }

    /// The proof that a value of the cookie is, which may have run out. `None` if it is none.
    #[must_use]
    pub fn read_cookie(&self, value: &str) -> Option<DeviceProof> {
        let text = self.codec.open_text(TextPurpose::BoundCookie, value, TextOwner::Bearer)?;
        let (session, until) = text.split_once(' ')?;
        let until = until.parse::<i128>().ok()?.checked_mul(1_000_000)?;
        Some(DeviceProof {
            session: Uuid::try_parse(session).ok()?,
            until: OffsetDateTime::from_unix_timestamp_nanos(until).ok()?,
        })
    }

    /// A challenge for this session. `None` if no secret is configured.
    #[must_use]
    pub fn challenge(
        &self,
        kind: ChallengeKind,
        token: &SessionToken,
        now: OffsetDateTime,
    ) -> Option<String> {
        let until = (now + CHALLENGE_LIFETIME).unix_timestamp();
        let nonce: u128 = rand::rng().random();
        let text = format!("{until} {nonce:032x}");
        self.codec.sign_text(kind.purpose(), &text, TextOwner::Session(token))
    }

    /// Takes a challenge that was answered. False if it is none for this session, if it has run out,
    /// or if this replica has taken it before.
    #[must_use]
    pub fn take(
        &self,
        kind: ChallengeKind,
        challenge: &str,
        token: &SessionToken,
        now: OffsetDateTime,
    ) -> bool {
        let owner = TextOwner::Session(token);
        let Some(text) = self.codec.open_text(kind.purpose(), challenge, owner) else {
            return false;
        };
        let Some((until, nonce)) = text.split_once(' ') else {
            return false;
        };
        let is_current = until.parse().is_ok_and(|until: i64| until > now.unix_timestamp());
        let nonce = u128::from_str_radix(nonce, 16);
        is_current && nonce.is_ok_and(|nonce| self.used.take(nonce))
    }
}

fn milliseconds(at: OffsetDateTime) -> i128 {
    at.unix_timestamp_nanos() / 1_000_000
}

impl fmt::Debug for DeviceBinding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeviceBinding").field("lifetime", &self.lifetime).finish_non_exhaustive()
    }
}
