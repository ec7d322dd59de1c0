//! Older versions of Kratos: the service starts on their tables, and columns that they lack read as
//! empty.

use elsewhere::clock::Clock;

use crate::support::databases::{Database, Kind, on_every_database};
use crate::support::http_client::{get, send};
use crate::support::people::NOW;
use crate::support::service::{Service, config};

on_every_database! { every_version_is_served }

/// The schemas that Kratos's own migrations had made by a day: 1.0 and before, 1.1 to 1.3, 25.x.
fn schemas(kind: Kind) -> [(&'static str, &'static str); 3] {
    macro_rules! of {
        ($name:literal) => {
            [
                ("1.0", include_str!(concat!("../../kratos/versions/", $name, "-20230630.sql"))),
                ("1.3", include_str!(concat!("../../kratos/versions/", $name, "-20241231.sql"))),
                ("25.3", include_str!(concat!("../../kratos/versions/", $name, "-20250831.sql"))),
            ]
        };
    }
    match kind {
        Kind::Sqlite => of!("sqlite"),
        Kind::Postgres => of!("postgres"),
        Kind::MySql => of!("mysql"),
    }
}

/// A person with three sessions, in columns that every version has.
const ROWS: &str = r#"
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

/// The three sessions as a subquery with typed columns.
fn sessions(kind: Kind) -> String {
    let (id, time) = match kind {
        Kind::Sqlite => ("TEXT", "TEXT"),
        Kind::Postgres => ("UUID", "TIMESTAMP"),
        Kind::MySql => ("CHAR(36)", "DATETIME"),
    };
    let rows = (1..=3).map(|nth| {
        format!(
            "SELECT CAST('3333333{nth}-3333-4333-8333-333333333333' AS {id}) AS id, \
             'token-of-session-{nth}' AS token, \
             CAST('2126-01-01 00:00:00' AS {time}) AS expires_at, \
             CAST('2026-11-0{nth} 00:00:00' AS {time}) AS created_at"
        )
    });
    format!("({})", rows.collect::<Vec<_>>().join(" UNION ALL "))
}

fn every_version_is_served(kind: Kind) {
    for (version, schema) in schemas(kind) {
        let database = Database::empty(kind);
        database.run(schema);
        database.run(&ROWS.replace("SESSIONS", &sessions(kind)));
        for level in ["aal1", "highest_available"] {
            let settings = [
                ("database.url", database.url.as_str()),
                ("database.schema", "kratos"),
                ("session.cookies", "false"),
                ("session.required_aal", level),
            ];
            let service = Service::start(&config(settings), Clock::fixed(NOW));
            let list = get(service.public, "/sessions", "token-of-session-1");
            assert_eq!(list.ids().len(), 2, "{version} {level}: {list:?}");
            let whoami = get(service.public, "/sessions/whoami", "token-of-session-1");
            let identity = &whoami.json()["identity"];
            assert_eq!(identity["traits"]["email"], "ana@example.org", "{version}: {whoami:?}");
            assert_eq!(identity.get("external_id"), None, "{version}");
            assert!(identity["organization_id"].is_null(), "{version}");
            let all = send(service.admin, "GET", "/admin/sessions?expand=identity", &[]);
            assert_eq!(all.ids().len(), 3, "{version}: {all:?}");
        }
        let settings = [
            ("database.url", database.url.as_str()),
            ("database.schema", "kratos"),
            ("session.cookies", "false"),
        ];
        let service = Service::start(&config(settings), Clock::fixed(NOW));
        let path = "/sessions/33333332-3333-4333-8333-333333333333";
        let token = [("X-Session-Token", b"token-of-session-1".as_slice())];
        assert_eq!(send(service.public, "DELETE", path, &token).status, 204, "{version}");
        assert_eq!(get(service.public, "/sessions/whoami", "token-of-session-2").status, 401);
        assert_eq!(send(service.public, "DELETE", "/sessions", &token).json()["count"], 1);
    }
}
