//! Columns whose type changes: answers stay right, or are 503 until the type is back.

use crate::database::kratos_migrations::fixture::{
    BesideKratos, UNUSABLE, USABLE, beside_25, is_served,
};
use crate::support::databases::{Kind, on_every_server};
use crate::support::wait::wait_until;

on_every_server! { a_type_that_cannot_be_read_is_an_outage_until_it_is_back }

const WHOAMI: &str = "/sessions/whoami";

const DROP_FOREIGN_KEYS: &str = "
    DO $$
    DECLARE key record;
    BEGIN
        FOR key IN SELECT conrelid::regclass AS name, conname FROM pg_constraint WHERE contype = 'f'
        LOOP
            EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', key.name, key.conname);
        END LOOP;
    END $$";

fn retype(kind: Kind, table: &str, column: &str, to: &str) -> String {
    match kind {
        Kind::Postgres => {
            let (name, _) = to.split_once(" USING ").unwrap_or((to, ""));
            let using = to.strip_prefix(name).filter(|using| !using.is_empty());
            let using = using.map_or_else(|| format!(" USING {column}::{name}"), str::to_owned);
            format!(
                "ALTER TABLE {table} ALTER {column} DROP DEFAULT;
                 ALTER TABLE {table} ALTER {column} TYPE {name}{using}"
            )
        }
        _ => format!("ALTER TABLE {table} MODIFY {column} {to}"),
    }
}

/// Columns by table and name, with a type that cannot be read, and with their own.
fn cases(kind: Kind) -> &'static [[&'static str; 4]] {
    const EPOCH: &str = "bigint USING extract(epoch FROM authenticated_at)::bigint";
    const TIME: &str = "timestamp USING to_timestamp(authenticated_at)";
    if kind == Kind::Postgres {
        &[
            ["sessions", "expires_at", "text", "timestamp"],
            ["sessions", "authenticated_at", EPOCH, TIME],
            ["sessions", "issued_at", "date", "timestamp"],
            ["sessions", "active", "text", "boolean"],
            ["sessions", "authentication_methods", "text", "jsonb"],
            ["sessions", "id", "text", "uuid"],
            ["sessions", "identity_id", "text", "uuid"],
            ["identities", "id", "text", "uuid"],
            ["identities", "traits", "text", "jsonb"],
            ["identities", "updated_at", "text", "timestamp"],
            ["identities", "state_changed_at", "date", "timestamp"],
            ["session_devices", "created_at", "text", "timestamp"],
            ["session_devices", "session_id", "text", "uuid"],
            ["session_devices", "id", "text", "uuid"],
        ]
    } else {
        &[
            ["sessions", "expires_at", "varchar(64) NOT NULL", "datetime NOT NULL"],
            ["sessions", "authenticated_at", "date NOT NULL", "datetime NOT NULL"],
            ["sessions", "issued_at", "bigint NOT NULL", "datetime NOT NULL"],
            ["sessions", "active", "varchar(8)", "tinyint(1)"],
            ["sessions", "created_at", "varchar(64) NOT NULL", "datetime NOT NULL"],
            ["identities", "updated_at", "varchar(64) NOT NULL", "datetime NOT NULL"],
            ["identities", "created_at", "text NOT NULL", "datetime NOT NULL"],
            ["session_devices", "created_at", "varchar(64) NOT NULL", "datetime NOT NULL"],
            ["session_devices", "ip_address", "int", "varchar(50)"],
            ["session_devices", "location", "date", "varchar(512)"],
        ]
    }
}

fn a_type_that_cannot_be_read_is_an_outage_until_it_is_back(kind: Kind) {
    let service = beside_25(kind, 3);
    prepare(&service, kind);
    let mut outages = 0;
    for [table, column, to, back] in cases(kind) {
        assert_eq!(service.ask(WHOAMI).status, 200, "{table}.{column}");
        service.database.run(&retype(kind, table, column, to));
        for _ in 0..3 {
            assert!(!is_served(&service.ask(WHOAMI), 200), "{table}.{column}");
        }
        wait_until("not ready", || service.ready() == 503);
        outages += 1;
        let lines = service.wait_for_lines(UNUSABLE, outages);
        let problem = lines[outages - 1]["problem"].as_str().unwrap();
        let is_named = problem.contains(&format!("{table}.{column}"))
            || problem.contains("operator does not exist")
            || problem.contains("cannot be matched");
        assert!(is_named, "{table}.{column}: {problem}");

        service.database.run(&retype(kind, table, column, back));
        assert_eq!(service.ask(WHOAMI).status, 200, "{table}.{column}");
        wait_until("ready again", || service.ready() == 200);
        service.wait_for_lines(USABLE, outages);
    }
    assert_eq!(service.logged(UNUSABLE).len(), outages);
}

/// Frees the columns from what forbids a change of their type, and gives them values that survive
/// one.
fn prepare(service: &BesideKratos, kind: Kind) {
    service.database.run(match kind {
        Kind::Postgres => DROP_FOREIGN_KEYS,
        _ => "UPDATE session_devices SET ip_address = '7', location = '2026-11-01'",
    });
    if kind == Kind::Postgres {
        service.database.run("UPDATE identities SET state_changed_at = '2026-11-01 00:00:00'");
    }
}

/// The statements still run, so nothing but the readiness check finds it before a caller does.
#[test]
fn a_key_of_another_type_is_found_by_the_readiness_check() {
    let service = beside_25(Kind::Postgres, 1);
    service.database.run(DROP_FOREIGN_KEYS);
    assert_eq!(service.ready(), 200);
    service.database.run("ALTER TABLE sessions ALTER id TYPE text");
    wait_until("not ready", || service.ready() == 503);
    let lines = service.wait_for_lines(UNUSABLE, 1);
    assert!(lines[0]["problem"].as_str().unwrap().contains("uuid = text"), "{lines:?}");
}

#[test]
fn times_with_a_zone_are_read_as_well() {
    let service = beside_25(Kind::Postgres, 3);
    let answers = || ["/sessions", WHOAMI].map(|path| service.ask(path).json());
    let before = answers();
    for column in ["expires_at", "created_at", "issued_at", "authenticated_at"] {
        // The database's own zone must not matter.
        service.database.run(&format!(
            "SET TIME ZONE 'UTC'; ALTER TABLE sessions ALTER {column} TYPE timestamptz"
        ));
        assert_eq!(answers(), before, "{column}");
    }
    service.database.run("UPDATE sessions SET expires_at = now() - interval '1 second'");
    assert_eq!(service.ask(WHOAMI).status, 401);
    assert_eq!(service.logged(UNUSABLE), [0; 0]);
}
