//! Sessions as lines for people, or as JSON for programs.

use std::io::{self, Write as _};

use elsewhere::identity::SessionOfIdentity;
use elsewhere::session::Session;
use serde_json::json;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::cli::CliError;

pub(super) fn print(sessions: &[SessionOfIdentity], now: OffsetDateTime) -> Result<(), CliError> {
    let mut out = io::stdout().lock();
    writeln!(
        out,
        "{:36}  {:36}  {:20}  {:20}  {:20}  {:6}  LAST DEVICE",
        "SESSION", "IDENTITY", "SIGNED IN", "LAST ACTIVE", "EXPIRES", "STATE"
    )?;
    for SessionOfIdentity { session, identity } in sessions {
        let state = if session.is_live(now) { "live" } else { "ended" };
        writeln!(
            out,
            "{:36}  {:36}  {:20}  {:20}  {:20}  {state:6}  {}",
            session.id,
            identity.id,
            seconds(session.authenticated_at),
            session.last_active_at.map_or_else(|| "-".to_owned(), seconds),
            seconds(session.expires_at),
            last_device(session),
        )?;
    }
    Ok(())
}

pub(super) fn print_json(
    sessions: &[SessionOfIdentity],
    now: OffsetDateTime,
) -> Result<(), CliError> {
    let rows: Vec<_> = sessions
        .iter()
        .map(|SessionOfIdentity { session, identity }| {
            let devices: Vec<_> = session
                .devices
                .iter()
                .map(|device| {
                    json!({
                        "ip_address": device.ip_address,
                        "user_agent": device.user_agent,
                        "location": device.location,
                    })
                })
                .collect();
            json!({
                "id": session.id,
                "identity_id": identity.id,
                "active": session.is_live(now),
                "authenticated_at": rfc3339(session.authenticated_at),
                "last_active_at": session.last_active_at.map(rfc3339),
                "expires_at": rfc3339(session.expires_at),
                "authenticator_assurance_level": session.assurance_level.as_str(),
                "devices": devices,
            })
        })
        .collect();
    writeln!(io::stdout(), "{}", json!(rows))?;
    Ok(())
}

/// What a device says of itself may hold anything, and a terminal obeys some of it.
fn last_device(session: &Session) -> String {
    let Some(device) = session.devices.first() else {
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
