//! Shows sessions, as a table for people or as JSON for programs.

use std::borrow::Cow;

use elsewhere::i18n::ENGLISH;
use elsewhere::identity::SessionWithIdentity;
use elsewhere::session::Device;
use elsewhere::stored_session::{Stored, StoredSession, UnreadableSession};
use elsewhere::user_agent::UserAgent;
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use uuid::Uuid;

use crate::cli::CliError;
use crate::cli::output;
use crate::cli::output::printable;

/// In characters: longer texts of clients are cut.
const MAX_DEVICE_LENGTH: usize = 100;

/// One row. The text of clients comes last, because its width on a terminal is not known.
struct Row {
    session: String,
    identity: String,
    signed_in: String,
    last_active: String,
    expires: String,
    state: &'static str,
    rest: String,
}

/// The table, with its heading.
pub(super) fn lines<'a>(
    sessions: impl Iterator<Item = &'a StoredSession>,
    now: OffsetDateTime,
) -> Vec<String> {
    let rows = sessions.map(|found| match found {
        Stored::Readable(readable) => Row::readable(readable, now),
        Stored::Unreadable(session) => Row::unreadable(session),
    });
    [Row::heading()].into_iter().chain(rows).map(|row| row.line()).collect()
}

impl Row {
    fn heading() -> Self {
        Self {
            session: "SESSION".to_owned(),
            identity: "IDENTITY".to_owned(),
            signed_in: "SIGNED IN".to_owned(),
            last_active: "LAST ACTIVE".to_owned(),
            expires: "EXPIRES".to_owned(),
            state: "STATE",
            rest: "LAST DEVICE".to_owned(),
        }
    }

    fn readable(found: &SessionWithIdentity, now: OffsetDateTime) -> Self {
        let SessionWithIdentity { session, identity } = found;
        Self {
            session: session.id.to_string(),
            identity: identity.id.to_string(),
            signed_in: seconds(session.authenticated_at),
            last_active: or_dash(session.last_active_at, seconds),
            expires: seconds(session.expires_at),
            state: if session.is_live(now) { "live" } else { "ended" },
            rest: session.devices.first().map(described).unwrap_or_default(),
        }
    }

    fn unreadable(session: &UnreadableSession) -> Self {
        let problems: Vec<_> = session.problems.iter().map(ToString::to_string).collect();
        Self {
            session: session.id.to_string(),
            identity: or_dash(session.identity_id, |id: Uuid| id.to_string()),
            signed_in: or_dash(session.authenticated_at, seconds),
            last_active: "-".to_owned(),
            expires: or_dash(session.expires_at, seconds),
            state: "broken",
            rest: problems.join(", "),
        }
    }

    fn line(&self) -> String {
        let Self { session, identity, signed_in, last_active, expires, state, rest } = self;
        let line = format!(
            "{session:36}  {identity:36}  {signed_in:20}  {last_active:20}  {expires:20}  \
             {state:6}  {rest}"
        );
        line.trim_end().to_owned()
    }
}

pub(super) fn print_json(sessions: &[&StoredSession], now: OffsetDateTime) -> Result<(), CliError> {
    let row = |found: &&StoredSession| match found {
        Stored::Readable(readable) => as_json(readable, now),
        Stored::Unreadable(session) => unreadable_as_json(session, now),
    };
    let rows: Vec<_> = sessions.iter().map(row).collect();
    output::print_json(&json!(rows))
}

fn as_json(
    SessionWithIdentity { session, identity }: &SessionWithIdentity,
    now: OffsetDateTime,
) -> Value {
    json!({
        "id": session.id,
        "identity_id": identity.id,
        "active": session.is_live(now),
        "authenticated_at": rfc3339(session.authenticated_at),
        "last_active_at": session.last_active_at.map(rfc3339),
        "expires_at": rfc3339(session.expires_at),
        "authenticator_assurance_level": session.assurance_level.as_str(),
        "devices": devices(&session.devices),
    })
}

fn unreadable_as_json(session: &UnreadableSession, now: OffsetDateTime) -> Value {
    let problems = session.problems.iter();
    let problems = problems
        .map(|problem| json!({"column": problem.column, "expected": problem.expected}))
        .collect::<Vec<_>>();
    json!({
        "id": session.id,
        "identity_id": session.identity_id,
        "active": session.may_be_live(now),
        "authenticated_at": session.authenticated_at.map(rfc3339),
        "expires_at": session.expires_at.map(rfc3339),
        "devices": devices(&session.devices),
        "unreadable": problems,
    })
}

fn devices(devices: &[Device]) -> Vec<Value> {
    let device = |device: &Device| {
        json!({
            "ip_address": device.ip_address,
            "label": {"text": label(device)},
            "user_agent": device.user_agent,
            "location": device.location,
        })
    };
    devices.iter().map(device).collect()
}

/// The label of a device, such as `Chrome on Windows`, with its address and location.
fn described(device: &Device) -> String {
    let label = label(device);
    let parts = [Some(&*label), device.ip_address.as_deref(), device.location.as_deref()];
    let parts: Vec<_> = parts.into_iter().flatten().map(printable).collect();
    let parts: Vec<_> = parts.iter().map(|part| part.trim()).filter(|it| !it.is_empty()).collect();
    let text = parts.join(", ");
    if text.chars().count() <= MAX_DEVICE_LENGTH {
        return text;
    }
    text.chars().take(MAX_DEVICE_LENGTH).chain(['…']).collect()
}

fn label(device: &Device) -> Cow<'_, str> {
    ENGLISH.device(&UserAgent::read(device.user_agent.as_deref().unwrap_or_default()))
}

fn or_dash<T>(value: Option<T>, show: impl Fn(T) -> String) -> String {
    value.map_or_else(|| "-".to_owned(), show)
}

fn rfc3339(time: OffsetDateTime) -> String {
    time.format(&Rfc3339).unwrap_or_default()
}

fn seconds(time: OffsetDateTime) -> String {
    rfc3339(time.replace_nanosecond(0).unwrap_or(time))
}
