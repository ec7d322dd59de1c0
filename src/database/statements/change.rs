//! Changes the fields of one session, in the service's own tables.

use std::borrow::Cow;

use time::OffsetDateTime;
use uuid::Uuid;

use crate::database::driver::{Argument, Statement};
use crate::session_patch::SessionFields;

/// The number of columns of [`lock`].
const COLUMNS: usize = 12;

/// The fields of a live session.
const LOCK: &str = "
SELECT s.id, s.identity_id, s.token, s.aal, s.authentication_methods, s.authenticated_at,
       s.expires_at, s.absolute_expires_at, s.metadata, s.name, s.bound_at, s.bound_key
FROM sessions s
WHERE s.id = $1 AND s.nid = $2 AND s.active = TRUE AND s.expires_at > $3
FOR UPDATE";

const CHANGE: &str = "
UPDATE sessions
SET token = $3, aal = $4, authentication_methods = $5, authenticated_at = $6, expires_at = $7,
    absolute_expires_at = $8, metadata = $9, name = $10, bound_at = $11, bound_key = $12
WHERE id = $1 AND nid = $2";

/// Reads a session, if it is live, and locks it.
pub(in crate::database) fn lock(
    network: Uuid,
    session: Uuid,
    now: OffsetDateTime,
) -> Statement<'static> {
    let arguments = vec![Argument::Id(session), Argument::Id(network), Argument::LatestForm(now)];
    Statement { text: LOCK, columns: COLUMNS, arguments }
}

/// Writes the fields and the stored token of a session that is locked.
pub(in crate::database) fn write(
    network: Uuid,
    session: Uuid,
    stored_token: String,
    fields: &SessionFields,
) -> Statement<'static> {
    let key = fields.binding.as_ref().map(|binding| binding.key.as_str().to_owned());
    let json = |json: &str| Cow::Owned(json.to_owned());
    let arguments = vec![
        Argument::Id(session),
        Argument::Id(network),
        Argument::Text(Cow::Owned(stored_token)),
        Argument::Text(Cow::Borrowed(fields.level.as_str())),
        Argument::Json(json(fields.methods.get())),
        Argument::Time(fields.authenticated_at),
        Argument::Time(fields.expiry.expires_at),
        Argument::OptionalTime(fields.expiry.absolute_expires_at),
        Argument::OptionalJson(fields.metadata.as_ref().map(|metadata| json(metadata.get()))),
        Argument::OptionalText(fields.name.clone().map(Cow::Owned)),
        Argument::OptionalTime(fields.binding.as_ref().map(|binding| binding.at)),
        Argument::OptionalText(key.map(Cow::Owned)),
    ];
    Statement { text: CHANGE, columns: 0, arguments }
}
