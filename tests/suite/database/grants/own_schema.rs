//! The service's own schema: one user migrates, another serves.

use serde_json::json;
use uuid::Uuid;

use crate::database::grants::fixture::{Fixture, delete};
use crate::database::late_tables::Starting;
use crate::support::databases::{Database, Kind, on_every_server};
use crate::support::http_client::{get, send, send_json};
use crate::support::process::Replica;
use crate::support::sign_in::SignIn;

on_every_server! {
    one_user_can_migrate_and_another_can_serve,
    a_user_without_the_right_to_create_tables_cannot_migrate,
    a_user_that_may_not_migrate_waits_for_one_that_does,
}

fn one_user_can_migrate_and_another_can_serve(kind: Kind) {
    let fixture = Fixture::on(Database::empty(kind));
    fixture.grant("Own schema, migrate");
    let migrated = Fixture::run_command(&["migrate"], &fixture.url("o"), "own");
    assert!(migrated.status.success(), "{migrated:?}");
    fixture.grant("Own schema, public side");
    fixture.grant("Activity");
    fixture.grant("Events");
    let url = fixture.url("u");
    let settings = [("database.url", url.as_str()), ("session.prune_interval", "1s")];
    let sign_in = |identity| SignIn::new(identity).device(json!({"ip_address": "203.0.113.24"}));
    let replica = Replica::start(&settings);
    let refused = sign_in(Uuid::new_v4()).send(replica.admin);
    assert_eq!(refused.status, 403, "{refused:?}");
    for grant in fixture.single_grants("Own schema, admin side") {
        assert!(refused.reason().contains(&grant), "{grant}: {refused:?}");
    }

    fixture.grant("Own schema, admin side");
    let replica = Replica::start(&settings);
    let ana = Uuid::new_v4();
    let (here, other) = (sign_in(ana).at(replica.admin), sign_in(ana).at(replica.admin));
    let (token, other) = (here.token.as_str(), other.session.as_str());
    assert_eq!(get(replica.public, "/sessions", token).ids(), [other]);
    assert_eq!(delete(replica.public, &format!("/sessions/{other}"), token).status, 204);
    let extend = format!("/admin/sessions/{}/extend", here.session);
    assert_eq!(send(replica.admin, "PATCH", &extend, &[]).status, 200);
    let (person, sessions) =
        (format!("/admin/identities/{ana}"), format!("/admin/identities/{ana}/sessions"));
    let change = r#"{"state": "inactive"}"#;
    assert_eq!(send_json(replica.admin, "PATCH", &person, &[], change).status, 204);
    assert_eq!(get(replica.public, "/sessions", token).status, 401);
    assert_eq!(send(replica.admin, "DELETE", &sessions, &[]).status, 204);
    assert_eq!(send(replica.admin, "DELETE", &person, &[]).status, 204);
    assert_eq!(get(replica.public, "/health/ready", "").status, 200);
}

fn a_user_without_the_right_to_create_tables_cannot_migrate(kind: Kind) {
    let fixture = with_user_that_may_not_migrate(kind);
    for (command, code, count) in [("migrate", 2, 1), ("serve", 1, 2)] {
        let output = Fixture::run_command(&[command], &fixture.url("u"), "own");
        let stderr = String::from_utf8(output.stderr.clone()).unwrap();
        assert_eq!(output.status.code(), Some(code), "{output:?}");
        assert_eq!(stderr.lines().count(), count, "{stderr}");
        let stderr = stderr.lines().last().unwrap();
        let expected = "elsewhere: database.url: this user may not migrate: ";
        assert!(stderr.starts_with(expected) && stderr.contains("docs/grants.md"), "{stderr}");
    }
}

/// A deployment migrates as one user, and starts its replicas as another at the same time.
fn a_user_that_may_not_migrate_waits_for_one_that_does(kind: Kind) {
    let fixture = with_user_that_may_not_migrate(kind);
    let mut starting = Starting::serve(&fixture.url("u"), "own");
    let line = starting.expect("for tables");
    assert!(line["problem"].as_str().unwrap().contains("this user may not migrate: "), "{line}");
    fixture.grant("Own schema, migrate");
    let migrated = Fixture::run_command(&["migrate"], &fixture.url("o"), "own");
    assert!(migrated.status.success(), "{migrated:?}");
    let grants = fixture.grants("Own schema, public side");
    grants.iter().skip(1).for_each(|sql| fixture.database.run(sql));
    fixture.grant("Activity");
    fixture.grant("Events");
    starting.expect("listening");
}

fn with_user_that_may_not_migrate(kind: Kind) -> Fixture {
    let fixture = Fixture::on(Database::empty(kind));
    let [user, ..] = &fixture.grants("Own schema, public side")[..] else { panic!() };
    fixture.database.run(user);
    if kind == Kind::Postgres {
        fixture.database.run(&fixture.grants("Own schema, public side")[1]);
    } else {
        let (name, database) = (fixture.user("u"), fixture.database_name());
        fixture.database.run(&format!("GRANT SELECT ON {database}.* TO {name}"));
    }
    fixture
}
