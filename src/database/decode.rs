//! Decoding of rows. Positions of columns are those of [`crate::database::columns`]. Statements
//! that read a few columns of their own have theirs here, beside the function that reads them.

use std::str::FromStr;

use subtle::ConstantTimeEq as _;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::database::columns::{
    address_times, addresses, details, devices, identities, operators, page, sessions, tokens,
    verification,
};
use crate::database::driver::{Column, Row, Selected};
use crate::database::inconsistent_row::{InconsistentRow, MistypedColumn};
use crate::database::unreadable::UnreadableRows;
use crate::identity::{Identity, RecoveryAddress, SessionWithIdentity, VerifiableAddress};
use crate::pagination::Position;
use crate::repository::{RepositoryError, SessionRef};
use crate::session::{AssuranceLevel, Device, Session};
use crate::stored_session::{Problem, UnreadableSession};

type Read<T> = Result<T, InconsistentRow>;

/// Reads a value that must not be null.
pub(super) fn required<'r, R: Row, T>(
    row: &'r R,
    column: Column,
    get: impl Fn(&'r R, Column) -> Read<Option<T>>,
) -> Read<T> {
    get(row, column)?.ok_or(InconsistentRow::other(column.1, "set"))
}

/// Reads a value by its name. An empty name counts as null.
pub(super) fn parsed<T: FromStr>(row: &impl Row, column: Column) -> Read<Option<T>> {
    match row.text(column)?.filter(|name| !name.is_empty()) {
        None => Ok(None),
        Some(name) => {
            name.parse().map(Some).map_err(|_| InconsistentRow::other(column.1, "a known name"))
        }
    }
}

/// The session of a row, with the row's device if there is one.
pub(super) fn session(row: &impl Row, log: &UnreadableRows) -> Read<Session> {
    let session = session_without_devices(row)?;
    let device = readable_device(row, session.id, log)?;
    Ok(Session { devices: device.into_iter().collect(), ..session })
}

fn session_without_devices(row: &impl Row) -> Read<Session> {
    Ok(Session {
        id: session_id(row)?,
        created_at: required(row, sessions::CREATED_AT, Row::time)?,
        issued_at: required(row, sessions::ISSUED_AT, Row::time)?,
        authenticated_at: required(row, sessions::AUTHENTICATED_AT, Row::time)?,
        expires_at: required(row, sessions::EXPIRES_AT, Row::time)?,
        // The column is nullable in Kratos's tables; null means that nothing made it active.
        active: row.flag(sessions::ACTIVE)?.unwrap_or(false),
        assurance_level: required(row, sessions::LEVEL, parsed)?,
        authentication_methods: required(row, sessions::METHODS, Row::json)?,
        devices: Vec::new(),
        last_active_at: None,
        absolute_expires_at: row.time(sessions::ABSOLUTE_EXPIRES_AT)?,
        bound_at: row.time(sessions::BOUND_AT)?,
        name: row.text(sessions::NAME)?.map(str::to_owned),
        metadata: None,
    })
}

pub(super) fn session_id(row: &impl Row) -> Read<Uuid> {
    required(row, sessions::ID, Row::id)
}

/// The identity's id, without the rest of the identity.
pub(super) fn identity_id(row: &impl Row) -> Read<Option<Uuid>> {
    row.id(identities::ID)
}

/// A session that was just issued, without its devices.
pub(super) fn issued_session(row: &impl Row) -> Read<SessionWithIdentity> {
    let metadata = row.json(details::METADATA)?;
    let session = Session { metadata, ..session_without_devices(row)? };
    Ok(SessionWithIdentity { session, identity: identity_for_operators(row)? })
}

pub(super) fn session_for_operators(
    row: &impl Row,
    log: &UnreadableRows,
) -> Read<SessionWithIdentity> {
    let metadata = row.json(details::METADATA)?;
    let session = Session { metadata, ..session(row, log)? };
    Ok(SessionWithIdentity { session, identity: identity_for_operators(row)? })
}

/// The readable parts of a session that cannot be read in full, for the reason `first`. An error
/// if even its id cannot be read.
pub(super) fn unreadable(row: &impl Row, first: Problem) -> Read<UnreadableSession> {
    let id = session_id(row)?;
    let mut problems = vec![first];
    let mut time = |column| value_or_problem(&mut problems, required(row, column, Row::time));
    let (created_at, issued_at) = (time(sessions::CREATED_AT)?, time(sessions::ISSUED_AT)?);
    let (authenticated_at, expires_at) =
        (time(sessions::AUTHENTICATED_AT)?, time(sessions::EXPIRES_AT)?);
    value_or_problem(&mut problems, required(row, sessions::LEVEL, parsed::<AssuranceLevel>))?;
    let authentication_methods =
        value_or_problem(&mut problems, required(row, sessions::METHODS, Row::json))?;
    let active = value_or_problem(&mut problems, row.flag(sessions::ACTIVE))?;
    let identity = value_or_problem(&mut problems, identity_for_operators(row))?;
    Ok(UnreadableSession {
        id,
        identity_id: row.id(identities::ID).ok().flatten(),
        active: active.flatten().unwrap_or(false),
        created_at,
        issued_at,
        authenticated_at,
        expires_at,
        authentication_methods,
        devices: device(row).ok().flatten().into_iter().collect(),
        identity,
        problems,
    })
}

/// The value; if it cannot be read, the problem is added to the others.
fn value_or_problem<T>(
    problems: &mut Vec<Problem>,
    read: Read<T>,
) -> Result<Option<T>, MistypedColumn> {
    match read {
        Ok(value) => Ok(Some(value)),
        Err(problem) => {
            let problem = problem.of_row()?;
            if !problems.contains(&problem) {
                problems.push(problem);
            }
            Ok(None)
        }
    }
}

/// The device in a row of this session; `None` if this one cannot be read.
pub(super) fn readable_device(
    row: &impl Row,
    session: Uuid,
    log: &UnreadableRows,
) -> Result<Option<Device>, MistypedColumn> {
    device(row).or_else(|problem| {
        log.device(session, problem.of_row()?);
        Ok(None)
    })
}

fn device(row: &impl Row) -> Read<Option<Device>> {
    let Some(id) = row.id(devices::ID)? else {
        return Ok(None);
    };
    Ok(Some(Device {
        id,
        created_at: required(row, devices::CREATED_AT, Row::time)?,
        ip_address: row.text(devices::IP_ADDRESS)?.map(str::to_owned),
        user_agent: row.text(devices::USER_AGENT)?.map(str::to_owned),
        location: row.text(devices::LOCATION)?.map(str::to_owned),
        place: None,
    }))
}

/// The identity, without the fields that only operators see, and without addresses.
pub(super) fn identity(row: &impl Row) -> Read<Identity> {
    Ok(Identity {
        id: required(row, identities::ID, Row::id)?,
        external_id: row.text(identities::EXTERNAL_ID)?.map(str::to_owned),
        schema_id: required(row, identities::SCHEMA_ID, Row::text)?.to_owned(),
        state: required(row, identities::STATE, parsed)?,
        state_changed_at: row.time(identities::STATE_CHANGED_AT)?,
        traits: required(row, identities::TRAITS, Row::json)?,
        metadata_public: row.json(identities::METADATA_PUBLIC)?,
        metadata_admin: None,
        verifiable_addresses: Vec::new(),
        recovery_addresses: Vec::new(),
        available_level: parsed(row, identities::AVAILABLE_LEVEL)?,
        organization_id: row.id(identities::ORGANIZATION_ID)?,
        created_at: required(row, identities::CREATED_AT, Row::time)?,
        updated_at: required(row, identities::UPDATED_AT, Row::time)?,
    })
}

/// The identity, with the fields that only operators see.
pub(super) fn identity_for_operators(row: &impl Row) -> Read<Identity> {
    Ok(Identity { metadata_admin: row.json(operators::METADATA_ADMIN)?, ..identity(row)? })
}

/// Adds the address of a row that contains nothing but an address.
pub(super) fn address(row: &impl Row, identity: &mut Identity) -> Read<()> {
    let text = |column| required(row, column, Row::text).map(str::to_owned);
    let id = required(row, addresses::ID, Row::id)?;
    let (value, via) = (text(addresses::VALUE)?, text(addresses::VIA)?);
    let created_at = required(row, address_times::CREATED_AT, Row::time)?;
    let updated_at = required(row, address_times::UPDATED_AT, Row::time)?;
    if let Some(status) = row.text(verification::STATUS)? {
        identity.verifiable_addresses.push(VerifiableAddress {
            id,
            value,
            via,
            status: status.to_owned(),
            verified: required(row, verification::VERIFIED, Row::flag)?,
            verified_at: row.time(verification::VERIFIED_AT)?,
            created_at,
            updated_at,
        });
    } else {
        let address = RecoveryAddress { id, value, via, created_at, updated_at };
        identity.recovery_addresses.push(address);
    }
    Ok(())
}

/// A session that [`crate::database::statements::expired`] finds on its walk.
pub(super) struct PruneCandidate {
    pub session: SessionRef,
    /// Its place in the order of creation.
    pub position: Position,
    /// True if it is to be deleted.
    pub has_ended: bool,
}

pub(super) fn prune_candidate(row: &impl Row) -> Read<PruneCandidate> {
    const CREATED_AT: Column = Column(2, "sessions.created_at");
    const HAS_ENDED: Column = Column(3, "has ended");
    let session = session_ref(row)?;
    let created_at = required(row, CREATED_AT, Row::time)?;
    Ok(PruneCandidate {
        session,
        position: Position { created_at, id: session.session },
        has_ended: required(row, HAS_ENDED, Row::flag)?,
    })
}

/// The values of rows that contain only these.
pub(super) fn all<T: Selected, R: Row>(rows: &[R]) -> Result<Vec<T>, RepositoryError> {
    Ok(rows.iter().map(|row| T::read(row)).collect::<Result<_, _>>()?)
}

impl Selected for SessionRef {
    fn read(row: &impl Row) -> Read<Self> {
        session_ref(row)
    }
}

/// The ids of a session and of its identity, with which a row begins.
fn session_ref(row: &impl Row) -> Read<SessionRef> {
    const IDENTITY: Column = Column(1, "sessions.identity_id");
    // Only audit records need the identity, so an unreadable one is no error.
    let identity = row.id(IDENTITY).ok().flatten().unwrap_or_default();
    Ok(SessionRef { session: session_id(row)?, identity })
}

/// A session's id, and the time of its last use.
pub(super) fn last_activity(row: &impl Row) -> Read<(Uuid, OffsetDateTime)> {
    const SESSION: Column = Column(0, "elsewhere_activity.session_id");
    const AT: Column = Column(1, "elsewhere_activity.last_active_at");
    Ok((required(row, SESSION, Row::id)?, required(row, AT, Row::time)?))
}

/// The id of a session with recorded activity, and whether the session exists.
pub(super) fn activity_entry(row: &impl Row) -> Read<(Uuid, bool)> {
    const NOTED: Column = Column(0, "elsewhere_activity.session_id");
    const SESSION: Column = Column(1, "sessions.id");
    Ok((required(row, NOTED, Row::id)?, row.id(SESSION)?.is_some()))
}

/// Returns whether rows lie behind the page's start. A single row of an answer says so.
pub(super) fn behind(row: &impl Row) -> bool {
    row.flag(page::BEHIND).ok().flatten().unwrap_or(false)
}

/// Returns whether this row contains a session.
pub(super) fn has_session(row: &impl Row) -> bool {
    !matches!(row.id(sessions::ID), Ok(None))
}

/// Returns whether this row also contains an identity.
pub(super) fn has_identity(row: &impl Row) -> bool {
    !matches!(row.id(identities::ID), Ok(None))
}

/// Returns whether this row's session has exactly this token. A database that compares by a
/// collation may also find other spellings.
pub(super) fn has_token(row: &impl Row, stored: &str) -> Result<bool, MistypedColumn> {
    let found = match row.text(tokens::TOKEN) {
        Ok(found) => found.unwrap_or_default(),
        Err(problem) => problem.of_row().map(|_| "")?,
    };
    Ok(found.as_bytes().ct_eq(stored.as_bytes()).into())
}

/// The identity in a row of a search by e-mail address, if its address is this one in any case.
/// Some collations also find other spellings.
pub(super) fn identity_with_email(row: &impl Row, email: &str) -> Option<Uuid> {
    const EMAIL: Column = Column(1, "email");
    let address = row.text(EMAIL).ok().flatten()?;
    let is_same = address.to_lowercase() == email.to_lowercase();
    is_same.then(|| row.id(Column(0, "identities.id")).ok().flatten()).flatten()
}

/// A count, which statements return as text.
pub(super) fn count(row: &impl Row) -> Read<u64> {
    required(row, Column(0, "count"), number)
}

/// A number, which statements return as text.
pub(super) fn number<T: FromStr>(row: &impl Row, column: Column) -> Read<Option<T>> {
    let parse = |text: &str| text.trim().parse().ok();
    row.text(column)?
        .map(|text| parse(text).ok_or(InconsistentRow::other(column.1, "a number")))
        .transpose()
}
