//! Unreadable sessions can be revoked in every way.

use std::net::SocketAddr;

use serde_json::{Value, json};

use crate::api::unreadable::fixture::{Fixture, damages};
use crate::support::databases::{Kind, on_every_database};
use crate::support::http_client::{send, send_json};
use crate::support::kratos;

on_every_database! { unreadable_session_can_be_revoked }

fn unreadable_session_can_be_revoked(kind: Kind) {
    type Revoke = fn(&Fixture, SocketAddr, SocketAddr, &str);
    let revocations: [(&str, Revoke); 5] = [
        ("by its person", |fixture, public, _, id| {
            let token = [("X-Session-Token", fixture.token.as_bytes())];
            let answer = send(public, "DELETE", &format!("/sessions/{id}"), &token);
            assert_eq!(answer.status, 204);
        }),
        ("with all others", |fixture, public, _, _| {
            let token = [("X-Session-Token", fixture.token.as_bytes())];
            assert_eq!(send(public, "DELETE", "/sessions", &token).json()["count"], 9);
        }),
        ("by an operator", |_, _, admin, id| {
            let answer = send(admin, "DELETE", &format!("/admin/sessions/{id}"), &[]);
            assert_eq!(answer.status, 204);
        }),
        ("in bulk", |_, _, admin, id| bulk(admin, &json!({"sessions": [id]}), 1)),
        ("with its identity", |fixture, _, admin, _| {
            bulk(admin, &json!({"identities": [fixture.identity]}), 10);
        }),
    ];
    let damages = damages(kind);
    let mut damages: Vec<_> = damages.iter().map(|(damage, _)| *damage).collect();
    if kind != Kind::Sqlite {
        damages.push("expires_at = NULL");
    }
    let fixture = Fixture::new(kind);
    let service = kratos::service(&fixture.database, "aal1");
    let is_active = |id: &str| {
        let path = format!("/admin/sessions/{id}");
        send(service.admin, "GET", &path, &[]).json()["active"].as_bool().unwrap()
    };
    for (nth, damage) in damages.iter().enumerate() {
        fixture.damage(nth, damage);
        let id = &fixture.others[nth];
        for (way, revoke) in &revocations {
            let ids = format!("'{}'", fixture.others.join("', '"));
            fixture.database.run(&format!("UPDATE sessions SET active = TRUE WHERE id IN ({ids})"));
            let caller =
                format!("UPDATE sessions SET active = TRUE WHERE token = '{}'", fixture.token);
            fixture.database.run(&caller);
            assert!(is_active(id), "{damage}");
            revoke(&fixture, service.public, service.admin, id);
            assert!(!is_active(id), "{damage}, {way}");
        }
    }
}

fn bulk(admin: SocketAddr, which: &Value, processed: usize) {
    let mut body = which.clone();
    body["action"] = "disable".into();
    let answer = send_json(admin, "POST", "/admin/sessions", &[], &body.to_string());
    assert_eq!(answer.json(), json!({"processed": processed, "more": false}), "{}", answer.body);
}
