//! Privileges that the database's user needs, by purpose.
//!
//! Each has a probe: a statement that is refused without the privilege, and that reads and
//! writes no row. If a statement elsewhere begins to use another table or column, that needs
//! a line here, unless it is in [`crate::database::columns`], and in `docs/grants.md`.

use std::sync::LazyLock;

use crate::config::{Config, Schema};
use crate::database::columns::{
    address_times, addresses, details, devices, identities, operators, sessions, tokens,
    verification,
};
use crate::database::statements::by_layout::ByLayout;
use crate::database::table_layout::TableLayout;

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
    /// Finding identities by their login identifiers, on the command line.
    FindPeople,
    /// Showing when sessions were last used.
    ReadActivity,
    /// Recording when sessions were last used.
    NoteActivity,
    ReadEvents,
    /// Writing events with changes, putting them in order, and deleting old ones.
    WriteEvents,
}

impl Purpose {
    /// Returns whether the public API depends on it.
    pub(in crate::database) fn is_public(self) -> bool {
        matches!(self, Self::Read | Self::ReadCredentials | Self::End | Self::WriteEvents)
    }

    pub(in crate::database) fn only_reads(self) -> bool {
        !matches!(self, Self::End | Self::Administer | Self::NoteActivity | Self::WriteEvents)
    }
}

/// One privilege.
#[derive(Debug)]
pub(in crate::database) struct Need {
    pub purpose: Purpose,
    /// As written in a `GRANT`.
    pub privilege: &'static str,
    pub table: &'static str,
    pub columns: Vec<&'static str>,
    /// A statement that touches no row, and is refused without the privilege.
    pub probe: String,
    /// For each of the columns that are read, a statement that reads a value.
    pub samples: Vec<String>,
}

impl Need {
    fn select(
        purpose: Purpose,
        table: &'static str,
        columns: impl IntoIterator<Item = &'static str>,
    ) -> Self {
        let columns: Vec<_> = columns.into_iter().collect();
        let probe = format!("SELECT {} FROM {table} WHERE 1 = 0", columns.join(", "));
        let sample = |column: &&str| {
            format!("SELECT {column} FROM {table} WHERE {column} IS NOT NULL LIMIT 1")
        };
        let samples = columns.iter().map(sample).collect();
        Self { purpose, privilege: "SELECT", table, columns, probe, samples }
    }

    fn insert(purpose: Purpose, table: &'static str, columns: &'static str) -> Self {
        let names: Vec<_> = columns.split(", ").collect();
        let nulls = vec!["NULL"; names.len()].join(", ");
        let probe =
            format!("INSERT INTO {table} ({columns}) SELECT {nulls} FROM networks WHERE 1 = 0");
        Self { purpose, privilege: "INSERT", table, columns: names, probe, samples: Vec::new() }
    }

    fn update(
        purpose: Purpose,
        privilege: &'static str,
        table: &'static str,
        columns: &'static str,
    ) -> Self {
        let columns: Vec<_> = columns.split(", ").collect();
        let probe = format!("UPDATE {table} SET {} = NULL WHERE 1 = 0", columns.join(" = NULL, "));
        Self { purpose, privilege, table, columns, probe, samples: Vec::new() }
    }

    fn delete(purpose: Purpose, table: &'static str) -> Self {
        let probe = format!("DELETE FROM {table} WHERE 1 = 0");
        Self {
            purpose,
            privilege: "DELETE",
            table,
            columns: Vec::new(),
            probe,
            samples: Vec::new(),
        }
    }
}

/// For the tables of a layout.
static TABLES: ByLayout<Vec<Need>> = ByLayout::new(|layout| {
    let mut needs = shared(layout);
    needs.extend(match layout.schema {
        Schema::Own => own(),
        Schema::Kratos => kratos(layout),
    });
    needs
});

/// For the tables that both schemas have.
fn shared(layout: TableLayout) -> Vec<Need> {
    let identities = identities::COLUMNS.names(layout).chain(operators::COLUMNS.names(layout));
    let sessions = sessions::COLUMNS.names(layout).chain(tokens::COLUMNS.names(layout));
    let sessions = sessions.chain(details::COLUMNS.names(layout));
    let devices = devices::COLUMNS.names(layout);
    vec![
        Need::select(Purpose::Read, "networks", ["id"]),
        Need::select(Purpose::Read, "identities", identities.chain(["nid"])),
        Need::select(
            Purpose::Read,
            "sessions",
            sessions.chain(["nid", "identity_id", "updated_at"]),
        ),
        Need::select(Purpose::Read, "session_devices", devices.chain(["nid", "session_id"])),
    ]
}

fn kratos(layout: TableLayout) -> Vec<Need> {
    let address = || addresses::COLUMNS.names(layout).chain(address_times::COLUMNS.names(layout));
    let verifiable = address().chain(verification::COLUMNS.names(layout));
    vec![
        Need::select(
            Purpose::Read,
            "identity_verifiable_addresses",
            verifiable.chain(["nid", "identity_id"]),
        ),
        Need::select(
            Purpose::Read,
            "identity_recovery_addresses",
            address().chain(["nid", "identity_id"]),
        ),
        Need::update(Purpose::End, "UPDATE (active)", "sessions", "active"),
        Need::update(Purpose::Administer, "UPDATE (expires_at)", "sessions", "expires_at"),
        Need::delete(Purpose::Administer, "sessions"),
    ]
}

/// The columns of events that are written.
macro_rules! event_columns {
    () => {
        "nid, type, occurred_at, identity_id, session_id, cause, actor, actor_session_id, \
         actor_address, expires_at"
    };
}

/// With those that events of Kratos's sessions do not have.
const OWN_EVENT_COLUMNS: &str = concat!(event_columns!(), ", aal, previous_aal, user_agent");

fn own() -> Vec<Need> {
    vec![
        Need::select(Purpose::Read, "elsewhere_schema_versions", ["version", "oldest_program"]),
        Need::update(
            Purpose::End,
            "UPDATE",
            "sessions",
            "active, updated_at, name, expires_at, absolute_expires_at, aal, \
             authentication_methods, authenticated_at, metadata, token, bound_at, bound_key",
        ),
        Need::select(Purpose::Read, "sessions", ["bound_key"]),
        Need::select(Purpose::ReadEvents, "elsewhere_events", OWN_EVENT_COLUMNS.split(", ")),
        Need::insert(Purpose::WriteEvents, "elsewhere_events", OWN_EVENT_COLUMNS),
        Need::delete(Purpose::Administer, "sessions"),
        Need::insert(
            Purpose::Administer,
            "sessions",
            "id, nid, identity_id, token, active, aal, authentication_methods, issued_at, \
             authenticated_at, expires_at, created_at, updated_at, metadata, absolute_expires_at",
        ),
        Need::insert(
            Purpose::Administer,
            "session_devices",
            "id, nid, identity_id, session_id, ip_address, user_agent, location, created_at, \
             updated_at",
        ),
        Need::insert(
            Purpose::Administer,
            "identities",
            "id, nid, schema_id, state, state_changed_at, traits, created_at, updated_at",
        ),
        Need::update(
            Purpose::Administer,
            "UPDATE",
            "identities",
            "state_changed_at, state, external_id, schema_id, traits, metadata_public, \
             metadata_admin, available_aal, organization_id, updated_at",
        ),
        Need::delete(Purpose::Administer, "identities"),
    ]
}

static CREDENTIALS: LazyLock<Vec<Need>> = LazyLock::new(|| {
    vec![
        Need::select(
            Purpose::ReadCredentials,
            "identity_credentials",
            ["nid", "identity_id", "identity_credential_type_id", "config"],
        ),
        Need::select(Purpose::ReadCredentials, "identity_credential_types", ["id", "name"]),
    ]
});

/// For the search by e-mail address among login identifiers. Serving does not need them.
pub(in crate::database) static LOGIN_IDENTIFIERS: LazyLock<Vec<Need>> = LazyLock::new(|| {
    vec![
        Need::select(
            Purpose::FindPeople,
            "identity_credential_identifiers",
            ["nid", "identifier", "identity_credential_id"],
        ),
        Need::select(Purpose::FindPeople, "identity_credentials", ["id", "nid", "identity_id"]),
    ]
});

static ACTIVITY: LazyLock<Vec<Need>> = LazyLock::new(|| {
    let table = "elsewhere_activity";
    vec![
        Need::select(Purpose::ReadActivity, table, ["session_id", "last_active_at"]),
        Need::insert(Purpose::NoteActivity, table, "session_id, last_active_at"),
        Need::update(Purpose::NoteActivity, "UPDATE", table, "last_active_at"),
        Need::delete(Purpose::NoteActivity, table),
    ]
});

static EVENTS: LazyLock<Vec<Need>> = LazyLock::new(|| {
    const WRITTEN: &str = event_columns!();
    let (events, log) = ("elsewhere_events", "elsewhere_event_log");
    let read = ["id", "position"].into_iter().chain(WRITTEN.split(", "));
    vec![
        Need::select(Purpose::ReadEvents, events, read),
        Need::select(Purpose::ReadEvents, log, ["id", "head", "pruned"]),
        Need::insert(Purpose::WriteEvents, events, WRITTEN),
        Need::update(Purpose::WriteEvents, "UPDATE (position)", events, "position"),
        Need::delete(Purpose::WriteEvents, events),
        Need::update(Purpose::WriteEvents, "UPDATE (head, pruned)", log, "head, pruned"),
    ]
});

static WEBHOOKS: LazyLock<Vec<Need>> = LazyLock::new(|| {
    let (webhooks, undelivered) = ("elsewhere_webhooks", "elsewhere_undelivered_events");
    let state = ["nid", "name", "position", "holder", "beat", "is_off"];
    let event = "nid, webhook, position, tries, next_try, is_given_up, problem";
    vec![
        Need::select(Purpose::ReadEvents, webhooks, state),
        Need::insert(Purpose::WriteEvents, webhooks, "nid, name, position, beat, is_off"),
        Need::update(Purpose::WriteEvents, "UPDATE", webhooks, "position, holder, beat, is_off"),
        Need::select(Purpose::ReadEvents, undelivered, event.split(", ")),
        Need::insert(Purpose::WriteEvents, undelivered, event),
        Need::update(Purpose::WriteEvents, "UPDATE", undelivered, "is_given_up, tries, next_try"),
        Need::delete(Purpose::WriteEvents, undelivered),
    ]
});

static REPLICAS: LazyLock<Vec<Need>> = LazyLock::new(|| {
    let table = "elsewhere_replicas";
    let columns = "id, nid, beat, acknowledged, lease";
    vec![
        Need::select(Purpose::ReadEvents, table, columns.split(", ")),
        Need::insert(Purpose::WriteEvents, table, columns),
        Need::update(
            Purpose::WriteEvents,
            "UPDATE (beat, acknowledged)",
            table,
            "beat, acknowledged",
        ),
        Need::delete(Purpose::WriteEvents, table),
    ]
});

/// The settings that decide which privileges are needed.
#[derive(Debug, Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "each is a setting of its own")]
pub(in crate::database) struct Features {
    writes: bool,
    credentials: bool,
    activity: bool,
    events: bool,
    webhooks: bool,
}

impl Features {
    pub(in crate::database) fn of(config: &Config) -> Self {
        Self {
            writes: !config.database.read_only,
            credentials: config.reads_credentials(),
            activity: config.notes_activity(),
            events: config.has_events(),
            webhooks: !config.webhooks.is_empty(),
        }
    }

    pub(in crate::database) fn read_credentials(self) -> bool {
        self.credentials
    }
}

/// All privileges that these features need.
pub(in crate::database) fn of(
    features: Features,
    layout: TableLayout,
) -> impl Iterator<Item = &'static Need> {
    let credentials = if features.credentials { &CREDENTIALS[..] } else { &[] };
    let activity = if features.activity { &ACTIVITY[..] } else { &[] };
    let events = if features.events { &EVENTS[..] } else { &[] };
    let webhooks = if features.webhooks { &WEBHOOKS[..] } else { &[] };
    let needs = TABLES.get(layout).iter().chain(credentials).chain(activity);
    let replicas = if features.events { &REPLICAS[..] } else { &[] };
    let needs = needs.chain(events).chain(webhooks).chain(replicas);
    needs.filter(move |need| features.writes || need.purpose.only_reads())
}

/// The privileges for reading a Kratos's database, whatever the settings.
pub(in crate::database) fn of_kratos(layout: TableLayout) -> impl Iterator<Item = &'static Need> {
    TABLES.get(layout).iter().filter(|need| need.purpose == Purpose::Read)
}
