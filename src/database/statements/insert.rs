//! Adds a session and its devices to an active identity.
//!
//! Rows that an earlier attempt added, whose response was lost, are not added again.

use std::borrow::Cow;

use uuid::Uuid;

use crate::database::driver::{Argument, Statement};
use crate::session::{Device, Session};

const SESSION: &str = "
INSERT INTO sessions (id, nid, identity_id, token, active, aal, authentication_methods,
                      issued_at, authenticated_at, expires_at, created_at, updated_at,
                      metadata, absolute_expires_at)
SELECT $1, i.nid, i.id, $4, $5, $6, $7, $8, $9, $10, $11, $11, $12, $13
FROM identities i
WHERE i.id = $3 AND i.nid = $2 AND i.state = 'active'
  AND NOT EXISTS (SELECT 1 FROM sessions s WHERE s.id = $1)";

const DEVICE: &str = "
INSERT INTO session_devices (id, nid, identity_id, session_id, ip_address, user_agent, location,
                             created_at, updated_at)
SELECT $1, s.nid, s.identity_id, s.id, $4, $5, $6, $7, $7
FROM sessions s
WHERE s.id = $3 AND s.nid = $2
  AND NOT EXISTS (SELECT 1 FROM session_devices d WHERE d.id = $1)";

pub(in crate::database) fn session<'a>(
    network: Uuid,
    identity: Uuid,
    session: &'a Session,
    stored_token: Cow<'a, str>,
) -> Statement<'a> {
    Statement {
        text: SESSION,
        columns: 0,
        arguments: vec![
            Argument::Id(session.id),
            Argument::Id(network),
            Argument::Id(identity),
            Argument::Text(stored_token),
            Argument::Flag(session.active),
            Argument::Text(Cow::Borrowed(session.assurance_level.as_str())),
            Argument::Json(Cow::Borrowed(session.authentication_methods.get())),
            Argument::Time(session.issued_at),
            Argument::Time(session.authenticated_at),
            Argument::Time(session.expires_at),
            Argument::Time(session.created_at),
            Argument::optional_json(session.metadata.as_deref()),
            Argument::OptionalTime(session.absolute_expires_at),
        ],
    }
}

pub(in crate::database) fn device(network: Uuid, session: Uuid, device: &Device) -> Statement<'_> {
    Statement {
        text: DEVICE,
        columns: 0,
        arguments: vec![
            Argument::Id(device.id),
            Argument::Id(network),
            Argument::Id(session),
            Argument::optional_text(device.ip_address.as_deref()),
            Argument::optional_text(device.user_agent.as_deref()),
            Argument::optional_text(device.location.as_deref()),
            Argument::Time(device.created_at),
        ],
    }
}
