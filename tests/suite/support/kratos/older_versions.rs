//! Databases of older versions of Kratos, with rows, and the way from each to the newest version.

use crate::support::databases::{Database, Kind};

/// A version of Kratos, by the day of its schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OlderVersion {
    pub name: &'static str,
    day: &'static str,
    schema: &'static str,
}

/// The schemas that Kratos's own migrations had made by a day: 1.0 and before, 1.1 to 1.3, 25.x.
pub fn older_versions(kind: Kind) -> [OlderVersion; 3] {
    macro_rules! of {
        ($kind:literal) => {
            [("1.0", "20230630"), ("1.3", "20241231"), ("25.3", "20250831")].map(|(name, day)| {
                let schema = match day {
                    "20230630" => of!($kind, "20230630"),
                    "20241231" => of!($kind, "20241231"),
                    _ => of!($kind, "20250831"),
                };
                OlderVersion { name, day, schema }
            })
        };
        ($kind:literal, $day:literal) => {
            include_str!(concat!("../../../kratos/versions/", $kind, "-", $day, ".sql"))
        };
    }
    match kind {
        Kind::Sqlite => of!("sqlite"),
        Kind::Postgres => of!("postgres"),
        Kind::MySql => of!("mysql"),
    }
}

/// A person, ana, in columns that every version has.
const PERSON: &str = r#"
INSERT INTO networks (id, created_at, updated_at)
VALUES ('11111111-1111-4111-8111-111111111111', '2026-11-01 00:00:00', '2026-11-01 00:00:00');
INSERT INTO identities (id, nid, schema_id, traits, created_at, updated_at)
VALUES ('22222222-2222-4222-8222-222222222222', '11111111-1111-4111-8111-111111111111', 'person',
        '{"email": "ana@example.org"}', '2026-11-01 00:00:00', '2026-11-01 00:00:00');
INSERT INTO sessions (id, nid, identity_id, token, active, authentication_methods, issued_at,
                      authenticated_at, expires_at, created_at, updated_at)
SELECT s.id, i.nid, i.id, s.token, TRUE, '[{"method": "password", "aal": "aal1"}]', i.created_at,
       i.created_at, s.expires_at, s.created_at, i.created_at
FROM identities i, SESSIONS s;
INSERT INTO session_devices (id, nid, session_id, ip_address, user_agent, location, created_at,
                             updated_at)
SELECT s.id, s.nid, s.id, '203.0.113.5', 'ExampleApp/3.2', '', s.created_at, s.created_at
FROM sessions s;
"#;

impl OlderVersion {
    /// A database of this version, in which ana has this many sessions.
    pub fn database(self, kind: Kind, sessions: u32) -> Database {
        let database = Database::empty(kind);
        database.run(self.schema);
        database.run(&PERSON.replace("SESSIONS", &subquery(kind, sessions)));
        database
    }

    /// The statements that create the tables, without rows.
    pub fn schema(self) -> &'static str {
        self.schema
    }

    /// The steps of the migration to the newest version.
    pub fn steps_to_newest(self, kind: Kind) -> Vec<&'static str> {
        let steps = match kind {
            Kind::Sqlite => include_str!("../../../kratos/migrations/sqlite.sql"),
            Kind::Postgres => include_str!("../../../kratos/migrations/postgres.sql"),
            Kind::MySql => include_str!("../../../kratos/migrations/mysql.sql"),
        };
        let (_, steps) = steps.split_once(&format!("-- From {}", self.day)).unwrap();
        steps.split("\n\n").collect()
    }
}

/// The id of ana's nth session, counted from 1.
pub fn session_id(nth: u32) -> String {
    format!("33333333-3333-4333-8333-3333333333{nth:02}")
}

pub fn session_token(nth: u32) -> String {
    format!("token-of-session-{nth}")
}

/// The sessions as a subquery with typed columns.
fn subquery(kind: Kind, sessions: u32) -> String {
    let (id, time) = match kind {
        Kind::Sqlite => ("TEXT", "TEXT"),
        Kind::Postgres => ("UUID", "TIMESTAMP"),
        Kind::MySql => ("CHAR(36)", "DATETIME"),
    };
    let rows = (1..=sessions).map(|nth| {
        format!(
            "SELECT CAST('{}' AS {id}) AS id, '{}' AS token, \
             CAST('2126-01-01 00:00:00' AS {time}) AS expires_at, \
             CAST('2026-11-02 00:00:{nth:02}' AS {time}) AS created_at",
            session_id(nth),
            session_token(nth)
        )
    });
    format!("({})", rows.collect::<Vec<_>>().join(" UNION ALL "))
}
