//! Unreadable devices and addresses are omitted, and hide neither session nor identity.

use serde_json::json;

use crate::api::unreadable::fixture::Fixture;
use crate::support::databases::{Kind, on_every_database};
use crate::support::http_client::get;
use crate::support::kratos;

on_every_database! {
    unreadable_device_does_not_hide_its_session,
    unreadable_address_does_not_hide_its_identity,
}

fn unreadable_device_does_not_hide_its_session(kind: Kind) {
    let fixture = Fixture::new(kind);
    let damage = match kind {
        Kind::Sqlite => "UPDATE session_devices SET created_at = 'then'",
        Kind::Postgres => "UPDATE session_devices SET created_at = 'infinity'",
        Kind::MySql => "SET sql_mode = ''; UPDATE session_devices SET created_at = '0000-00-00'",
    };
    fixture.database.run(damage);
    let service = kratos::service(&fixture.database, "aal1");
    let list = get(service.public, "/sessions", &fixture.token);
    assert_eq!(list.ids(), fixture.others);
    assert!(list.json().as_array().unwrap().iter().all(|row| row["devices"] == json!([])));
    let whoami = get(service.public, "/sessions/whoami", &fixture.token);
    assert_eq!((whoami.status, &whoami.json()["devices"]), (200, &json!([])));
}

fn unreadable_address_does_not_hide_its_identity(kind: Kind) {
    let fixture = Fixture::new(kind);
    let damage = match kind {
        Kind::Sqlite => "UPDATE identity_verifiable_addresses SET created_at = 'then'",
        Kind::Postgres => "UPDATE identity_verifiable_addresses SET created_at = 'infinity'",
        Kind::MySql => {
            "SET sql_mode = ''; UPDATE identity_verifiable_addresses SET created_at = '0000-00-00'"
        }
    };
    fixture.database.run(damage);
    let service = kratos::service(&fixture.database, "aal1");
    let whoami = get(service.public, "/sessions/whoami", &fixture.token);
    assert_eq!(whoami.status, 200, "{}", whoami.body);
    let identity = &whoami.json()["identity"];
    assert!(identity.get("verifiable_addresses").is_none(), "{identity}");
    assert_eq!(identity["recovery_addresses"].as_array().unwrap().len(), 1);
}
