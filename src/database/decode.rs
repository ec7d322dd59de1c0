//! Decoding of rows. The order of columns is that of
//! [`crate::database::statements::list_others`]; longer rows of other statements begin alike.

use subtle::ConstantTimeEq as _;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::database::driver::{Column, Row};
use crate::database::error::InconsistentRow;
use crate::database::unreadable::UnreadableRows;
use crate::identity::{Identity, RecoveryAddress, SessionWithIdentity, VerifiableAddress};
use crate::pagination::Position;
use crate::repository::{RepositoryError, SessionRef};
use crate::session::{AssuranceLevel, Device, Session};
use crate::stored_session::{Problem, UnreadableSession};

const ID: Column = Column(0, "sessions.id");
const ACTIVE: Column = Column(1, "sessions.active");
const LEVEL: Column = Column(2, "sessions.aal");
const METHODS: Column = Column(3, "sessions.authentication_methods");
const ISSUED_AT: Column = Column(4, "sessions.issued_at");
const AUTHENTICATED_AT: Column = Column(5, "sessions.authenticated_at");
const EXPIRES_AT: Column = Column(6, "sessions.expires_at");
const CREATED_AT: Column = Column(7, "sessions.created_at");
const IDENTITY_ID: Column = Column(8, "identities.id");
const EXTERNAL_ID: Column = Column(9, "identities.external_id");
const SCHEMA_ID: Column = Column(10, "identities.schema_id");
const STATE: Column = Column(11, "identities.state");
const STATE_CHANGED_AT: Column = Column(12, "identities.state_changed_at");
const TRAITS: Column = Column(13, "identities.traits");
const METADATA_PUBLIC: Column = Column(14, "identities.metadata_public");
const AVAILABLE_LEVEL: Column = Column(15, "identities.available_aal");
const ORGANIZATION_ID: Column = Column(16, "identities.organization_id");
const IDENTITY_CREATED_AT: Column = Column(17, "identities.created_at");
const IDENTITY_UPDATED_AT: Column = Column(18, "identities.updated_at");
const BEHIND: Column = Column(19, "behind");
const DEVICE_ID: Column = Column(20, "session_devices.id");
const IP_ADDRESS: Column = Column(21, "session_devices.ip_address");
const USER_AGENT: Column = Column(22, "session_devices.user_agent");
const LOCATION: Column = Column(23, "session_devices.location");
const SEEN_AT: Column = Column(24, "session_devices.created_at");
const TOKEN: Column = Column(25, "sessions.token");
const METADATA_ADMIN: Column = Column(26, "identities.metadata_admin");
const ADDRESS_ID: Column = Column(27, "identity_addresses.id");
const VALUE: Column = Column(28, "identity_addresses.value");
const VIA: Column = Column(29, "identity_addresses.via");
const STATUS: Column = Column(30, "identity_verifiable_addresses.status");
const VERIFIED: Column = Column(31, "identity_verifiable_addresses.verified");
const VERIFIED_AT: Column = Column(32, "identity_verifiable_addresses.verified_at");
const ADDRESS_CREATED_AT: Column = Column(33, "identity_addresses.created_at");
const ADDRESS_UPDATED_AT: Column = Column(34, "identity_addresses.updated_at");

type Read<T> = Result<T, InconsistentRow>;

/// Returns a value that must not be null.
fn needed<T>(column: Column, value: Option<T>) -> Read<T> {
    value.ok_or(InconsistentRow { column: column.1, expected: "set" })
}

fn named<T: std::str::FromStr>(row: &impl Row, column: Column) -> Read<Option<T>> {
    match row.text(column)?.filter(|name| !name.is_empty()) {
        None => Ok(None),
        Some(name) => name
            .parse()
            .map(Some)
            .map_err(|_| InconsistentRow { column: column.1, expected: "a known name" }),
    }
}

/// The session of a row, with the row's device if there is one.
pub(super) fn session(row: &impl Row, log: &UnreadableRows) -> Read<Session> {
    let id = session_id(row)?;
    Ok(Session {
        id,
        created_at: needed(CREATED_AT, row.time(CREATED_AT)?)?,
        issued_at: needed(ISSUED_AT, row.time(ISSUED_AT)?)?,
        authenticated_at: needed(AUTHENTICATED_AT, row.time(AUTHENTICATED_AT)?)?,
        expires_at: needed(EXPIRES_AT, row.time(EXPIRES_AT)?)?,
        // The column is nullable in Kratos's tables; null means that nothing made it active.
        active: row.flag(ACTIVE)?.unwrap_or(false),
        assurance_level: needed(LEVEL, named(row, LEVEL)?)?,
        authentication_methods: needed(METHODS, row.json(METHODS)?)?,
        devices: known_device(row, id, log).into_iter().collect(),
        last_active_at: None,
    })
}

pub(super) fn session_id(row: &impl Row) -> Read<Uuid> {
    needed(ID, row.id(ID)?)
}

pub(super) fn session_for_operators(
    row: &impl Row,
    log: &UnreadableRows,
) -> Read<SessionWithIdentity> {
    let (session, identity) = (session(row, log)?, identity_for_operators(row)?);
    Ok(SessionWithIdentity { session, identity })
}

/// The readable parts of a session that cannot be read in full, for the reason `first`. An error
/// if even its id cannot be read.
pub(super) fn unreadable(row: &impl Row, first: Problem) -> Read<UnreadableSession> {
    let id = session_id(row)?;
    let mut problems = vec![first];
    let mut time = |column| value_or_problem(&mut problems, column, row.time(column));
    let (created_at, issued_at) = (time(CREATED_AT), time(ISSUED_AT));
    let (authenticated_at, expires_at) = (time(AUTHENTICATED_AT), time(EXPIRES_AT));
    value_or_problem(&mut problems, LEVEL, named::<AssuranceLevel>(row, LEVEL));
    let authentication_methods = value_or_problem(&mut problems, METHODS, row.json(METHODS));
    let active = row.flag(ACTIVE).map_err(|problem| add(&mut problems, problem));
    let identity = identity_for_operators(row).map_err(|problem| add(&mut problems, problem));
    Ok(UnreadableSession {
        id,
        identity_id: row.id(IDENTITY_ID).ok().flatten(),
        active: active.ok().flatten().unwrap_or(false),
        created_at,
        issued_at,
        authenticated_at,
        expires_at,
        authentication_methods,
        devices: device(row).ok().flatten().into_iter().collect(),
        identity: identity.ok(),
        problems,
    })
}

/// The value of a required column; if it cannot be read, the problem is added to the others.
fn value_or_problem<T>(
    problems: &mut Vec<Problem>,
    column: Column,
    read: Read<Option<T>>,
) -> Option<T> {
    read.and_then(|value| needed(column, value)).map_err(|problem| add(problems, problem)).ok()
}

fn add(problems: &mut Vec<Problem>, problem: Problem) {
    if !problems.contains(&problem) {
        problems.push(problem);
    }
}

/// The device in a row of this session; `None` if it cannot be read.
pub(super) fn known_device(row: &impl Row, session: Uuid, log: &UnreadableRows) -> Option<Device> {
    device(row).unwrap_or_else(|problem| {
        log.device(session, problem);
        None
    })
}

fn device(row: &impl Row) -> Read<Option<Device>> {
    let Some(id) = row.id(DEVICE_ID)? else {
        return Ok(None);
    };
    Ok(Some(Device {
        id,
        created_at: needed(SEEN_AT, row.time(SEEN_AT)?)?,
        ip_address: row.text(IP_ADDRESS)?.map(str::to_owned),
        user_agent: row.text(USER_AGENT)?.map(str::to_owned),
        location: row.text(LOCATION)?.map(str::to_owned),
    }))
}

/// The identity, without the fields that only operators see, and without addresses.
pub(super) fn identity(row: &impl Row) -> Read<Identity> {
    Ok(Identity {
        id: needed(IDENTITY_ID, row.id(IDENTITY_ID)?)?,
        external_id: row.text(EXTERNAL_ID)?.map(str::to_owned),
        schema_id: needed(SCHEMA_ID, row.text(SCHEMA_ID)?)?.to_owned(),
        state: needed(STATE, named(row, STATE)?)?,
        state_changed_at: row.time(STATE_CHANGED_AT)?,
        traits: needed(TRAITS, row.json(TRAITS)?)?,
        metadata_public: row.json(METADATA_PUBLIC)?,
        metadata_admin: None,
        verifiable_addresses: Vec::new(),
        recovery_addresses: Vec::new(),
        available_level: named(row, AVAILABLE_LEVEL)?,
        organization_id: row.id(ORGANIZATION_ID)?,
        created_at: needed(IDENTITY_CREATED_AT, row.time(IDENTITY_CREATED_AT)?)?,
        updated_at: needed(IDENTITY_UPDATED_AT, row.time(IDENTITY_UPDATED_AT)?)?,
    })
}

/// The identity, with the fields that only operators see.
fn identity_for_operators(row: &impl Row) -> Read<Identity> {
    Ok(Identity { metadata_admin: row.json(METADATA_ADMIN)?, ..identity(row)? })
}

/// Adds the address of a row that contains nothing but an address.
pub(super) fn address(row: &impl Row, identity: &mut Identity) -> Read<()> {
    let text = |column| Ok(needed(column, row.text(column)?)?.to_owned());
    let id = needed(ADDRESS_ID, row.id(ADDRESS_ID)?)?;
    let (value, via) = (text(VALUE)?, text(VIA)?);
    let created_at = needed(ADDRESS_CREATED_AT, row.time(ADDRESS_CREATED_AT)?)?;
    let updated_at = needed(ADDRESS_UPDATED_AT, row.time(ADDRESS_UPDATED_AT)?)?;
    if let Some(status) = row.text(STATUS)? {
        identity.verifiable_addresses.push(VerifiableAddress {
            id,
            value,
            via,
            status: status.to_owned(),
            verified: needed(VERIFIED, row.flag(VERIFIED)?)?,
            verified_at: row.time(VERIFIED_AT)?,
            created_at,
            updated_at,
        });
    } else {
        let address = RecoveryAddress { id, value, via, created_at, updated_at };
        identity.recovery_addresses.push(address);
    }
    Ok(())
}

/// A session's position in the order of creation, and whether it is to be pruned.
pub(super) fn looked_at(row: &impl Row) -> Read<(Position, bool)> {
    const MADE_AT: Column = Column(1, "sessions.created_at");
    const HAS_ENDED: Column = Column(2, "has ended");
    let (id, created_at) = (session_id(row)?, needed(MADE_AT, row.time(MADE_AT)?)?);
    Ok((Position { created_at, id }, needed(HAS_ENDED, row.flag(HAS_ENDED)?)?))
}

/// The ids of sessions and of their identities, from rows that contain only these.
pub(super) fn affected<R: Row>(rows: &[R]) -> Result<Vec<SessionRef>, RepositoryError> {
    const IDENTITY: Column = Column(1, "sessions.identity_id");
    let read = |row: &R| -> Read<SessionRef> {
        // Only audit records need the identity, so an unreadable one is no error.
        let identity = row.id(IDENTITY).ok().flatten().unwrap_or_default();
        Ok(SessionRef { session: session_id(row)?, identity })
    };
    Ok(rows.iter().map(read).collect::<Result<_, _>>()?)
}

/// A session's id, and the time of its last use.
pub(super) fn last_activity(row: &impl Row) -> Read<(Uuid, OffsetDateTime)> {
    const SESSION: Column = Column(0, "elsewhere_activity.session_id");
    const AT: Column = Column(1, "elsewhere_activity.last_active_at");
    Ok((needed(SESSION, row.id(SESSION)?)?, needed(AT, row.time(AT)?)?))
}

/// The id of a session with recorded activity, and whether the session exists.
pub(super) fn noted_session(row: &impl Row) -> Read<(Uuid, bool)> {
    const NOTED: Column = Column(0, "elsewhere_activity.session_id");
    const SESSION: Column = Column(1, "sessions.id");
    Ok((needed(NOTED, row.id(NOTED)?)?, row.id(SESSION)?.is_some()))
}

/// Returns whether rows lie behind the page's start. A single row of an answer says so.
pub(super) fn behind(row: &impl Row) -> bool {
    row.flag(BEHIND).ok().flatten().unwrap_or(false)
}

/// Returns whether this row contains a session.
pub(super) fn is_of_session(row: &impl Row) -> bool {
    !matches!(row.id(ID), Ok(None))
}

/// Returns whether this row also contains an identity.
pub(super) fn has_identity(row: &impl Row) -> bool {
    !matches!(row.id(IDENTITY_ID), Ok(None))
}

/// Returns whether this row's session has exactly this token. A database that compares by a
/// collation may also find other spellings.
pub(super) fn has_token(row: &impl Row, stored: &str) -> bool {
    let found = row.text(TOKEN).ok().flatten().unwrap_or_default();
    found.as_bytes().ct_eq(stored.as_bytes()).into()
}

/// The identity in a row of [`crate::database::statements::identities::by_email`], if its address
/// has exactly this spelling.
pub(super) fn identity_of_email(row: &impl Row, email: &str) -> Option<Uuid> {
    const EMAIL: Column = Column(1, "email");
    let is_same = matches!(row.text(EMAIL), Ok(Some(found)) if found == email);
    is_same.then(|| row.id(Column(0, "identities.id")).ok().flatten()).flatten()
}

/// A count, which statements return as text.
pub(super) fn count(row: &impl Row) -> Read<u64> {
    let column = Column(0, "count");
    row.text(column)?
        .and_then(|text| text.trim().parse().ok())
        .ok_or(InconsistentRow { column: column.1, expected: "a number" })
}
