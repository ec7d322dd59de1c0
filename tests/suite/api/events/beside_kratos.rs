//! Beside a Kratos: events only on request, and only for what goes through this service.

use serde_json::json;

use crate::api::events::{events, read};
use crate::support::databases::{Kind, on_every_database};
use crate::support::http_client::{get, send};
use crate::support::kratos;
use crate::support::output::OutputInTime as _;
use crate::support::process::elsewhere;
use crate::support::service::{Service, config};
use crate::support::wait::wait_for;

on_every_database! {
    events_are_off_until_their_tables_are_made_and_they_are_switched_on,
}

fn events_are_off_until_their_tables_are_made_and_they_are_switched_on(kind: Kind) {
    let database = kratos::restore(kind);
    let exchanges = kratos::exchanges(kind);
    let list = exchanges.iter().find(|exchange| exchange.name == "list/token").unwrap();
    let token = list.request.headers["X-Session-Token"].as_str().unwrap();
    let settings = [
        ("database.url", database.url.as_str()),
        ("database.schema", "kratos"),
        ("session.cookies", "false"),
    ];
    let start = |more: &[(&str, &str)]| {
        let all = config(settings.into_iter().chain(more.iter().copied()));
        kratos::service_with(&all)
    };
    let without = start(&[]);
    let sessions = get(without.public, "/sessions", token).ids();
    let revoke = |service: &Service, id: &str| {
        let headers: &[(&str, &[u8])] = &[("X-Session-Token", token.as_bytes())];
        assert_eq!(send(service.public, "DELETE", &format!("/sessions/{id}"), headers).status, 204);
    };
    revoke(&without, &sessions[0]);
    let refused = read(without.admin, "");
    assert_eq!((refused.status, refused.reason().as_str()), (409, "events.enabled is false."));

    let folder = tempfile::tempdir().unwrap();
    let made = elsewhere(&folder, &["migrate", "--events", "--json"])
        .env("ELSEWHERE_DATABASE__URL", &database.url)
        .env("ELSEWHERE_DATABASE__SCHEMA", "kratos")
        .output_in_time();
    assert!(made.status.success(), "{made:?}");
    assert!(made.stdout.starts_with(b"{\"table\":\"elsewhere_events\"}\n"), "{made:?}");
    let with = start(&[("events.enabled", "true")]);
    // Another one writes to Kratos's tables.
    database.run(&format!("UPDATE sessions SET active = FALSE WHERE id = '{}'", sessions[1]));
    revoke(&with, &sessions[2]);
    let found = wait_for("an event", || {
        let found = events(with.admin, "");
        if found.is_empty() { Err(found) } else { Ok(found) }
    });
    assert_eq!(found.len(), 1);
    assert_eq!(found[0]["type"], "session.revoked");
    assert_eq!(found[0]["data"]["session_id"], sessions[2]);
    assert_eq!(found[0]["data"]["cause"], json!("user"));
}
