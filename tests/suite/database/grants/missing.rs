//! Missing and revoked grants.

use elsewhere::event::{Actor, Cause, Change};

use crate::database::grants::fixture::{Fixture, NOW, delete, extend_and_delete, revoke, token};
use crate::support::databases::{Kind, on_every_server};
use crate::support::http_client::get;
use crate::support::output::OutputInTime as _;
use crate::support::process::elsewhere;
use crate::support::wait::wait_until;

on_every_server! {
    read_grants_are_sufficient_for_a_read_only_service,
    a_revoked_grant_causes_503_for_writes_and_is_named,
    a_command_requires_only_the_grants_of_its_own_work,
}

fn read_grants_are_sufficient_for_a_read_only_service(kind: Kind) {
    const READ_ONLY: (&str, &str) = ("database.read_only", "true");
    let fixture = Fixture::kratos(kind);
    let grants = fixture.grants("Beside a Kratos, public side");
    let (update, read): (Vec<_>, Vec<_>) = grants.iter().partition(|sql| sql.contains("UPDATE"));
    for sql in &read {
        fixture.database.run(sql);
    }
    let named = format!("this user lacks: {}; or set database.read_only = true", update[0]);
    let startup_error = fixture.startup_error(&[]).unwrap();
    assert_eq!(startup_error, format!("database.url: {named}"));
    let folder = tempfile::tempdir().unwrap();
    let output = elsewhere(&folder, &["serve"])
        .env("ELSEWHERE_SERVER__LISTEN", "127.0.0.1:0")
        .env("ELSEWHERE_ADMIN__LISTEN", "127.0.0.1:0")
        .env("ELSEWHERE_DATABASE__URL", fixture.url("u"))
        .env("ELSEWHERE_DATABASE__SCHEMA", "kratos")
        .env("ELSEWHERE_SESSION__COOKIES", "false")
        .output_in_time();
    assert_eq!(output.status.code(), Some(2), "{output:?}");

    let service = fixture.serve(&[READ_ONLY]);
    let token = token(kind);
    let ids = get(service.public, "/sessions", &token).ids();
    for path in ["/sessions".to_owned(), format!("/sessions/{}", ids[0])] {
        let answer = delete(service.public, &path, &token);
        assert_eq!(answer.status, 403, "{answer:?}");
        assert_eq!(answer.reason(), "This service is read-only: database.read_only is true.");
    }
    assert_eq!(extend_and_delete(&service, &token).map(|answer| answer.status), [403, 403]);
    assert_eq!(get(service.public, "/sessions", &token).ids(), ids);
    assert_eq!(get(service.public, "/health/ready", "").status, 200);
}

fn a_revoked_grant_causes_503_for_writes_and_is_named(kind: Kind) {
    let fixture = Fixture::kratos(kind);
    fixture.grant("Beside a Kratos, public side");
    let grant = fixture.single_grants("Beside a Kratos, public side").pop().unwrap();
    assert!(grant.contains("UPDATE"), "{grant}");
    let service = fixture.serve(&[]);
    let token = token(kind);
    let ids = get(service.public, "/sessions", &token).ids();
    let becomes = |status| {
        wait_until(&format!("readiness is {status}"), || {
            get(service.public, "/health/ready", "").status == status
        });
    };
    becomes(200);
    fixture.database.run(&revoke(&grant));
    for path in ["/sessions".to_owned(), format!("/sessions/{}", ids[0])] {
        let answer = delete(service.public, &path, &token);
        assert_eq!(
            (answer.status, answer.header("retry-after")),
            (503, "1".to_owned()),
            "{answer:?}"
        );
    }
    let cause = |done: Result<(), String>| done.unwrap_err();
    let ready = service.wait(service.repository.ready()).map_err(|error| error.to_string());
    let ready = cause(ready);
    assert!(ready.ends_with(&format!("this user lacks: {grant}")), "{ready}");
    let caller = service.wait(service.repository.get(ids[1].parse().unwrap())).unwrap().unwrap();
    let caller = caller.readable().unwrap();
    let change = Change::end(Actor::System, Cause::User, "signed out", NOW);
    let ended = service.wait(service.repository.end_others(&caller, &change));
    let ended = cause(ended.map(drop).map_err(|error| error.to_string()));
    assert!(ended.ends_with(&format!("this user lacks: {grant}")), "{ended}");
    becomes(503);
    // Reads still succeed.
    assert_eq!(get(service.public, "/sessions", &token).ids(), ids);

    fixture.database.run(&grant);
    becomes(200);
    assert_eq!(delete(service.public, &format!("/sessions/{}", ids[0]), &token).status, 204);
}

fn a_command_requires_only_the_grants_of_its_own_work(kind: Kind) {
    let fixture = Fixture::kratos(kind);
    let grants = fixture.grants("Beside a Kratos, public side");
    let read = grants.iter().filter(|sql| !sql.contains("UPDATE"));
    read.for_each(|sql| fixture.database.run(sql));
    let whoami = fixture.serve(&[("database.read_only", "true")]);
    let whoami = get(whoami.public, "/sessions/whoami", &token(kind)).json();
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    let (session, identity) = (text(&whoami["id"]), text(&whoami["identity"]["id"]));
    let url = fixture.url("u");
    let list = Fixture::run_command(
        &["sessions", "list", "--all", "--identity", &identity],
        &url,
        "kratos",
    );
    assert!(list.status.success(), "{list:?}");
    let counted = Fixture::run_command(&["prune", "--dry-run"], &url, "kratos");
    assert!(counted.status.success(), "{counted:?}");
    let revoked = Fixture::run_command(&["sessions", "revoke", &session], &url, "kratos");
    assert_eq!(revoked.status.code(), Some(2), "{revoked:?}");
    assert!(String::from_utf8_lossy(&revoked.stderr).contains("GRANT UPDATE (active) ON"));
}
