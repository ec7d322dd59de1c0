//! Sample users with ordinary devices and places.

use elsewhere::identity::IdentityPatch;
use elsewhere::repository::NewSession;
use elsewhere::session::{AssuranceLevel, Device, Json, Session, SessionToken};
use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

/// Number of Robin's sessions.
const MANY_SESSIONS: usize = 600;

const PHONE: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1";
const APP: &str = "ExampleApp/3.2 (iOS 17.5; iPhone15,2)";
const ANDROID: &str = "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/128.0.0.0 Mobile Safari/537.36";
const TABLET: &str = "Mozilla/5.0 (iPad; CPU OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Mobile/15E148 Safari/604.1";
const WINDOWS: &str = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/129.0.0.0 Safari/537.36";
const LINUX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:131.0) Gecko/20100101 Firefox/131.0";

/// User agent, address and place. Addresses are from the ranges for documentation (RFC 5737 and
/// RFC 3849).
type Place = (&'static str, &'static str, &'static str);

const PLACES: [Place; 6] = [
    (APP, "203.0.113.24", "Lisbon, PT"),
    (WINDOWS, "203.0.113.24", "Lisbon, PT"),
    (PHONE, "198.51.100.77", "Porto, PT"),
    (TABLET, "2001:db8:4::17", "Lyon, FR"),
    (LINUX, "192.0.2.140", "Berlin, DE"),
    (ANDROID, "198.51.100.9", "São Paulo, BR"),
];

/// A user with sessions.
pub(super) struct Person {
    pub id: Uuid,
    pub name: &'static str,
    pub identity: IdentityPatch,
    pub sessions: Vec<NewSession>,
}

impl Person {
    /// The last use of each session on a first page: soon after the session began, for which
    /// [`issue`] leaves room.
    pub fn activity(&self) -> impl Iterator<Item = (Uuid, OffsetDateTime)> {
        const ON_A_PAGE: usize = 10;
        self.sessions.iter().zip(1..).take(ON_A_PAGE).map(|(issue, minutes)| {
            let at = issue.session.issued_at + Duration::minutes(2 + 5 * (minutes / 2));
            (issue.session.id, at.replace_nanosecond(0).unwrap_or(at))
        })
    }
}

/// The first user is Ana. The last one is Robin, who has many sessions.
pub(super) fn invent(now: OffsetDateTime) -> Vec<Person> {
    [("Ana", 5), ("Bob", 3), ("Cyd", 1), ("Robin", MANY_SESSIONS)]
        .into_iter()
        .map(|(name, sessions)| Person {
            id: Uuid::new_v4(),
            name,
            identity: identity(name),
            sessions: (0..sessions).map(|nth| issue(nth, now)).collect(),
        })
        .collect()
}

fn identity(name: &str) -> IdentityPatch {
    let email = format!("{}@example.org", name.to_lowercase());
    IdentityPatch {
        schema_id: Some("person".to_owned()),
        traits: Some(json(&serde_json::json!({ "email": email, "name": name }))),
        available_level: Some(AssuranceLevel::Aal1),
        ..IdentityPatch::default()
    }
}

/// Each session is about an hour older than the one before.
fn issue(nth: usize, now: OffsetDateTime) -> NewSession {
    let hours = u32::try_from(nth).unwrap_or(u32::MAX);
    let issued_at = now - Duration::minutes(3) - Duration::minutes(67) * hours;
    let (user_agent, ip_address, location) = PLACES[nth % PLACES.len()];
    let device = Device {
        id: Uuid::new_v4(),
        created_at: issued_at,
        ip_address: Some(ip_address.to_owned()),
        user_agent: Some(user_agent.to_owned()),
        location: Some(location.to_owned()),
        place: None,
    };
    let session = Session {
        id: Uuid::new_v4(),
        created_at: issued_at,
        issued_at,
        authenticated_at: issued_at,
        expires_at: now + Duration::days(30),
        active: true,
        assurance_level: AssuranceLevel::Aal1,
        authentication_methods: password(issued_at),
        devices: vec![device],
        last_active_at: None,
        absolute_expires_at: None,
        bound_at: None,
        name: None,
        metadata: None,
    };
    NewSession { session, token: SessionToken::random() }
}

/// The authentication methods of a sign-in with a password.
pub(super) fn password(at: OffsetDateTime) -> Json {
    let method =
        serde_json::json!({ "method": "password", "aal": "aal1", "completed_at": rfc3339(at) });
    json(&serde_json::json!([method]))
}

fn json(value: &serde_json::Value) -> Json {
    serde_json::value::to_raw_value(value).unwrap_or_default()
}

fn rfc3339(time: OffsetDateTime) -> String {
    time.format(&Rfc3339).unwrap_or_default()
}
