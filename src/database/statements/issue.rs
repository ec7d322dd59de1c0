//! Adds an identity, a session, a device.

use std::borrow::Cow;

use uuid::Uuid;

use super::super::driver::{Argument, Statement};
use crate::identity::Identity;
use crate::session::{AssuranceLevel, Device, Session};

const IDENTITY: &str = "
INSERT INTO identities (id, nid, external_id, schema_id, state, state_changed_at, traits,
                        metadata_public, available_aal, organization_id, created_at, updated_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";

const SESSION: &str = "
INSERT INTO sessions (id, nid, identity_id, token, active, aal, authentication_methods,
                      issued_at, authenticated_at, expires_at, created_at, updated_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11)";

const DEVICE: &str = "
INSERT INTO session_devices (id, nid, identity_id, session_id, ip_address, user_agent, location,
                             created_at, updated_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8)";

pub(in crate::database) fn identity(network: Uuid, identity: &Identity) -> Statement<'_> {
    Statement {
        text: IDENTITY,
        columns: 0,
        arguments: vec![
            Argument::Id(identity.id),
            Argument::Id(network),
            optional_text(identity.external_id.as_deref()),
            Argument::Text(Cow::Borrowed(&identity.schema_id)),
            Argument::Text(Cow::Borrowed(identity.state.as_str())),
            Argument::OptionalTime(identity.state_changed_at),
            Argument::Json(identity.traits.get()),
            Argument::OptionalJson(identity.metadata_public.as_ref().map(|json| json.get())),
            optional_text(identity.available_level.map(AssuranceLevel::as_str)),
            Argument::OptionalId(identity.organization_id),
            Argument::Time(identity.created_at),
            Argument::Time(identity.updated_at),
        ],
    }
}

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
            Argument::Json(session.authentication_methods.get()),
            Argument::Time(session.issued_at),
            Argument::Time(session.authenticated_at),
            Argument::Time(session.expires_at),
            Argument::Time(session.created_at),
        ],
    }
}

pub(in crate::database) fn device(
    network: Uuid,
    identity: Uuid,
    session: Uuid,
    device: &Device,
) -> Statement<'_> {
    Statement {
        text: DEVICE,
        columns: 0,
        arguments: vec![
            Argument::Id(device.id),
            Argument::Id(network),
            Argument::Id(identity),
            Argument::Id(session),
            optional_text(device.ip_address.as_deref()),
            optional_text(device.user_agent.as_deref()),
            optional_text(device.location.as_deref()),
            Argument::Time(device.created_at),
        ],
    }
}

fn optional_text(text: Option<&str>) -> Argument<'_> {
    Argument::OptionalText(text.map(Cow::Borrowed))
}
