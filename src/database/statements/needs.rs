//! Privileges that the database's user needs, by purpose.
//!
//! Each has a probe: a statement that is refused without the privilege, and that reads and
//! writes no row. If a statement elsewhere begins to use another table or column, that needs
//! a line here and in `docs/grants.md`.

use crate::config::{Config, Schema};

/// The purpose of a privilege.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::database) enum Purpose {
    /// The public API, and the lists of the admin API. Nothing works without it.
    Read,
    /// Revoking sessions: the only change that the public API makes.
    End,
    /// The other changes of the admin API, and pruning.
    Administer,
    /// Reading the second factors of an identity.
    ReadCredentials,
    /// Showing when sessions were last used.
    ReadActivity,
    /// Recording when sessions were last used.
    NoteActivity,
}

/// One privilege.
#[derive(Debug)]
pub(in crate::database) struct Need {
    pub purpose: Purpose,
    /// As written in a `GRANT`.
    pub privilege: &'static str,
    pub table: &'static str,
    pub columns: &'static [&'static str],
    /// A statement that touches no row, and is refused without the privilege.
    pub probe: &'static str,
}

macro_rules! null {
    ($column:literal) => {
        "NULL"
    };
}

macro_rules! select {
    ($purpose:ident, $table:literal, [$first:literal $(, $column:literal)* $(,)?]) => {
        Need {
            purpose: Purpose::$purpose,
            privilege: "SELECT",
            table: $table,
            columns: &[$first $(, $column)*],
            probe: concat!("SELECT ", $first $(, ", ", $column)*, " FROM ", $table, " WHERE 1 = 0"),
        }
    };
}

macro_rules! insert {
    ($purpose:ident, $table:literal, [$first:literal $(, $column:literal)* $(,)?]) => {
        Need {
            purpose: Purpose::$purpose,
            privilege: "INSERT",
            table: $table,
            columns: &[$first $(, $column)*],
            probe: concat!(
                "INSERT INTO ", $table, " (", $first $(, ", ", $column)*, ") SELECT ",
                null!($first) $(, ", ", null!($column))*, " FROM networks WHERE 1 = 0"
            ),
        }
    };
}

macro_rules! update {
    ($purpose:ident, $privilege:literal, $table:literal,
     [$first:literal $(, $column:literal)* $(,)?]) => {
        Need {
            purpose: Purpose::$purpose,
            privilege: $privilege,
            table: $table,
            columns: &[$first $(, $column)*],
            probe: concat!(
                "UPDATE ", $table, " SET ",
                $first, " = NULL" $(, ", ", $column, " = NULL")*, " WHERE 1 = 0"
            ),
        }
    };
}

macro_rules! delete {
    ($purpose:ident, $table:literal) => {
        Need {
            purpose: Purpose::$purpose,
            privilege: "DELETE",
            table: $table,
            columns: &[],
            probe: concat!("DELETE FROM ", $table, " WHERE 1 = 0"),
        }
    };
}

/// Tables that a Kratos's database and the service's own have in common.
static SHARED: [Need; 4] = [
    select!(Read, "networks", ["id"]),
    select!(
        Read,
        "identities",
        [
            "id",
            "nid",
            "external_id",
            "schema_id",
            "state",
            "state_changed_at",
            "traits",
            "metadata_public",
            "metadata_admin",
            "available_aal",
            "organization_id",
            "created_at",
            "updated_at",
        ]
    ),
    select!(
        Read,
        "sessions",
        [
            "id",
            "nid",
            "identity_id",
            "token",
            "active",
            "aal",
            "authentication_methods",
            "issued_at",
            "authenticated_at",
            "expires_at",
            "created_at",
            "updated_at",
        ]
    ),
    select!(
        Read,
        "session_devices",
        ["id", "nid", "session_id", "ip_address", "user_agent", "location", "created_at"]
    ),
];

static KRATOS: [Need; 5] = [
    select!(
        Read,
        "identity_verifiable_addresses",
        [
            "id",
            "nid",
            "identity_id",
            "value",
            "via",
            "status",
            "verified",
            "verified_at",
            "created_at",
            "updated_at",
        ]
    ),
    select!(
        Read,
        "identity_recovery_addresses",
        ["id", "nid", "identity_id", "value", "via", "created_at", "updated_at"]
    ),
    update!(End, "UPDATE (active)", "sessions", ["active"]),
    update!(Administer, "UPDATE (expires_at)", "sessions", ["expires_at"]),
    delete!(Administer, "sessions"),
];

static OWN: [Need; 9] = [
    select!(Read, "elsewhere_schema_versions", ["version", "oldest_program"]),
    update!(End, "UPDATE (active, updated_at)", "sessions", ["active", "updated_at"]),
    update!(Administer, "UPDATE (expires_at)", "sessions", ["expires_at"]),
    delete!(Administer, "sessions"),
    insert!(
        Administer,
        "sessions",
        [
            "id",
            "nid",
            "identity_id",
            "token",
            "active",
            "aal",
            "authentication_methods",
            "issued_at",
            "authenticated_at",
            "expires_at",
            "created_at",
            "updated_at",
        ]
    ),
    insert!(
        Administer,
        "session_devices",
        [
            "id",
            "nid",
            "identity_id",
            "session_id",
            "ip_address",
            "user_agent",
            "location",
            "created_at",
            "updated_at",
        ]
    ),
    insert!(
        Administer,
        "identities",
        [
            "id",
            "nid",
            "schema_id",
            "state",
            "state_changed_at",
            "traits",
            "created_at",
            "updated_at",
        ]
    ),
    update!(
        Administer,
        "UPDATE",
        "identities",
        [
            "state_changed_at",
            "state",
            "external_id",
            "schema_id",
            "traits",
            "metadata_public",
            "metadata_admin",
            "available_aal",
            "organization_id",
            "updated_at",
        ]
    ),
    delete!(Administer, "identities"),
];

static CREDENTIALS: [Need; 2] = [
    select!(
        ReadCredentials,
        "identity_credentials",
        ["nid", "identity_id", "identity_credential_type_id", "config"]
    ),
    select!(ReadCredentials, "identity_credential_types", ["id", "name"]),
];

static ACTIVITY: [Need; 4] = [
    select!(ReadActivity, "elsewhere_activity", ["session_id", "last_active_at"]),
    insert!(NoteActivity, "elsewhere_activity", ["session_id", "last_active_at"]),
    update!(NoteActivity, "UPDATE", "elsewhere_activity", ["last_active_at"]),
    delete!(NoteActivity, "elsewhere_activity"),
];

/// All privileges that these settings need.
pub(in crate::database) fn of(config: &Config) -> impl Iterator<Item = &'static Need> {
    let own_or_kratos = match config.database.schema {
        Schema::Own => &OWN[..],
        Schema::Kratos => &KRATOS[..],
    };
    let credentials = if config.reads_credentials() { &CREDENTIALS[..] } else { &[] };
    let activity = if config.notes_activity() { &ACTIVITY[..] } else { &[] };
    SHARED.iter().chain(own_or_kratos).chain(credentials).chain(activity)
}

/// The privileges for reading a Kratos's database, whatever the settings.
pub(in crate::database) fn of_kratos() -> impl Iterator<Item = &'static Need> {
    SHARED.iter().chain(&KRATOS).filter(|need| need.purpose == Purpose::Read)
}
