//! Prints sessions, as a table for people or as JSON for programs.

use std::io::{self, Write};

use elsewhere::identity::SessionWithIdentity;
use elsewhere::session::Device;
use elsewhere::stored_session::{Stored, StoredSession, UnreadableSession};
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::cli::CliError;

pub(super) fn print(sessions: &[StoredSession], now: OffsetDateTime) -> Result<(), CliError> {
    let mut out = io::stdout().lock();
    writeln!(
        out,
        "{:36}  {:36}  {:20}  {:20}  {:20}  {:6}  LAST DEVICE",
        "SESSION", "IDENTITY", "SIGNED IN", "LAST ACTIVE", "EXPIRES", "STATE"
    )?;
    for found in sessions {
        let SessionWithIdentity { session, identity } = match found {
            Stored::Readable(readable) => readable,
            Stored::Unreadable(session) => {
                unreadable(&mut out, session)?;
                continue;
            }
        };
        let state = if session.is_live(now) { "live" } else { "ended" };
        writeln!(
            out,
            "{:36}  {:36}  {:20}  {:20}  {:20}  {state:6}  {}",
            session.id,
            identity.id,
            seconds(session.authenticated_at),
            session.last_active_at.map_or_else(|| "-".to_owned(), seconds),
            seconds(session.expires_at),
            last_device(&session.devices),
        )?;
    }
    Ok(())
}

fn unreadable(out: &mut impl Write, session: &UnreadableSession) -> io::Result<()> {
    let or_dash = |time: Option<_>| time.map_or_else(|| "-".to_owned(), seconds);
    let problems: Vec<_> = session.problems.iter().map(ToString::to_string).collect();
    writeln!(
        out,
        "{:36}  {:36}  {:20}  {:20}  {:20}  broken  {}",
        session.id,
        session.identity_id.map_or_else(|| "-".to_owned(), |id| id.to_string()),
        or_dash(session.authenticated_at),
        "-",
        or_dash(session.expires_at),
        problems.join(", "),
    )
}

pub(super) fn print_json(sessions: &[StoredSession], now: OffsetDateTime) -> Result<(), CliError> {
    let row = |found: &StoredSession| match found {
        Stored::Readable(readable) => as_json(readable, now),
        Stored::Unreadable(session) => unreadable_as_json(session, now),
    };
    let rows: Vec<_> = sessions.iter().map(row).collect();
    writeln!(io::stdout(), "{}", json!(rows))?;
    Ok(())
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
            "user_agent": device.user_agent,
            "location": device.location,
        })
    };
    devices.iter().map(device).collect()
}

/// The last device, without control characters: a device can name itself anything, and a
/// terminal obeys such characters.
fn last_device(devices: &[Device]) -> String {
    let Some(device) = devices.first() else {
        return String::new();
    };
    let parts = [&device.ip_address, &device.location, &device.user_agent];
    let parts: Vec<_> = parts.into_iter().flatten().filter(|part| !part.is_empty()).collect();
    let text = parts.into_iter().map(String::as_str).collect::<Vec<_>>().join(", ");
    text.chars().filter(|c| !c.is_control()).collect()
}

fn rfc3339(time: OffsetDateTime) -> String {
    time.format(&Rfc3339).unwrap_or_default()
}

fn seconds(time: OffsetDateTime) -> String {
    rfc3339(time.replace_nanosecond(0).unwrap_or(time))
}
