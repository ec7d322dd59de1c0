//! The headers and the JSON of device-bound sessions (W3C Device Bound Session Credentials,
//! <https://w3c.github.io/webappsec-dbsc/>).

use std::sync::Arc;

use axum::http::header::SET_COOKIE;
use axum::http::{HeaderName, HeaderValue};
use axum::response::AppendHeaders;
use serde::Serialize;
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::authentication::{ChallengeKind, CookieCodec, DeviceBinding};
use crate::config::BaseUrl;
use crate::session::SessionToken;

/// An offer to bind the session: algorithms, a path and a challenge.
pub(in crate::http) const SECURE_SESSION_REGISTRATION: HeaderName =
    HeaderName::from_static("secure-session-registration");
/// A challenge to prove that a session is bound.
pub(in crate::http) const SECURE_SESSION_CHALLENGE: HeaderName =
    HeaderName::from_static("secure-session-challenge");
/// The proof of a browser.
pub(in crate::http) const SECURE_SESSION_RESPONSE: HeaderName =
    HeaderName::from_static("secure-session-response");
/// The session that a browser proves to be bound.
pub(in crate::http) const SEC_SECURE_SESSION_ID: HeaderName =
    HeaderName::from_static("sec-secure-session-id");

/// The paths of the endpoints, below that of the base URL.
pub(in crate::http) const REGISTER: &str = "/session-binding/register";
pub(in crate::http) const REFRESH: &str = "/session-binding/refresh";

/// Writes offers, challenges and instructions.
pub(in crate::http) struct BindingProtocol {
    pub device: Arc<DeviceBinding>,
    base_url: Arc<BaseUrl>,
}

/// The instructions for a browser about one of its sessions.
#[derive(Serialize, ToSchema)]
#[schema(as = SessionBindingInstructions)]
pub(in crate::http) struct Instructions {
    /// The id of the session.
    session_identifier: String,
    /// False if the browser has to forget the key.
    #[serde(skip_serializing_if = "Option::is_none")]
    r#continue: Option<bool>,
    /// The path at which the browser proves that it has the key.
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<Scope>,
    /// The cookie without which the browser holds its requests back.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    credentials: Vec<BoundCookie>,
}

/// The requests that need the cookie: those to the origin.
#[derive(Serialize, ToSchema)]
struct Scope {
    include_site: bool,
    scope_specification: [String; 0],
}

#[derive(Serialize, ToSchema)]
struct BoundCookie {
    /// `cookie`.
    r#type: &'static str,
    name: String,
    attributes: String,
}

/// The headers that remove the cookies of a session that has ended.
pub(in crate::http) fn remove_cookies(
    cookies: &CookieCodec,
    bindings: Option<&BindingProtocol>,
) -> AppendHeaders<Vec<(HeaderName, String)>> {
    let bound = bindings.map(|bindings| bindings.device.remove_cookie());
    let all = [cookies.remove()].into_iter().chain(bound);
    AppendHeaders(all.map(|cookie| (SET_COOKIE, cookie)).collect())
}

impl BindingProtocol {
    pub(in crate::http) fn new(device: Arc<DeviceBinding>, base_url: Arc<BaseUrl>) -> Self {
        Self { device, base_url }
    }

    /// The value of `Secure-Session-Registration`. `None` if no cookie secret is configured.
    pub(in crate::http) fn offer(
        &self,
        token: &SessionToken,
        now: OffsetDateTime,
    ) -> Option<HeaderValue> {
        HeaderValue::try_from(self.offer_text(token, now)?).ok()
    }

    pub(in crate::http) fn offer_text(
        &self,
        token: &SessionToken,
        now: OffsetDateTime,
    ) -> Option<String> {
        let challenge = self.device.challenge(ChallengeKind::Registration, token, now)?;
        let base = self.base_url.path();
        Some(format!(r#"(ES256 RS256);path="{base}{REGISTER}";challenge="{challenge}""#))
    }

    /// The value of `Secure-Session-Challenge` for this session.
    pub(in crate::http) fn challenge(
        &self,
        session: Uuid,
        token: &SessionToken,
        now: OffsetDateTime,
    ) -> Option<HeaderValue> {
        let challenge = self.device.challenge(ChallengeKind::Refresh, token, now)?;
        HeaderValue::try_from(format!(r#""{challenge}";id="{session}""#)).ok()
    }

    /// The instructions for a browser that has proved to have the key of this session.
    pub(in crate::http) fn instructions(&self, session: Uuid) -> Instructions {
        Instructions {
            session_identifier: session.to_string(),
            r#continue: None,
            refresh_url: Some(format!("{}{REFRESH}", self.base_url.path())),
            scope: Some(Scope { include_site: false, scope_specification: [] }),
            credentials: vec![BoundCookie {
                r#type: "cookie",
                name: self.device.cookie_name().to_owned(),
                attributes: self.device.cookie_attributes(),
            }],
        }
    }
}

impl Instructions {
    /// The session is not bound any more.
    pub(in crate::http) fn forget(session: Uuid) -> Self {
        Self {
            session_identifier: session.to_string(),
            r#continue: Some(false),
            refresh_url: None,
            scope: None,
            credentials: Vec::new(),
        }
    }
}
