//! Callers whose own session or identity cannot be read.

use crate::api::unreadable::fixture::{Fixture, damages, lift_constraints};
use crate::support::databases::{Kind, on_every_database};
use crate::support::http_client::{get, send};
use crate::support::kratos;

on_every_database! { caller_with_an_unreadable_session_is_refused }

fn caller_with_an_unreadable_session_is_refused(kind: Kind) {
    let fixture = Fixture::new(kind);
    let columns =
        "aal, authentication_methods, issued_at, authenticated_at, expires_at, created_at";
    let owner = format!("id = '{}'", fixture.identity);
    let token = format!("token = '{}'", fixture.token);
    let mut broken: Vec<_> =
        damages(kind).into_iter().map(|(damage, _)| ("sessions", damage, &token)).collect();
    broken.push(("identities", "available_aal = 'what'", &owner));
    for (table, damage, row) in broken {
        let lift_constraints = lift_constraints(kind);
        fixture.database.run("DROP TABLE IF EXISTS kept");
        fixture.database.run(&format!("CREATE TABLE kept AS SELECT * FROM {table} WHERE {row}"));
        fixture
            .database
            .run(&format!("{lift_constraints}; UPDATE {table} SET {damage} WHERE {row}"));
        let service = kratos::service(&fixture.database, "aal1");
        for (method, path) in
            [("GET", "/sessions"), ("GET", "/sessions/whoami"), ("DELETE", "/sessions")]
        {
            let headers = [("X-Session-Token", fixture.token.as_bytes())];
            let answer = send(service.public, method, path, &headers);
            assert_eq!(answer.status, 401, "{damage}: {method} {path}: {}", answer.body);
        }
        drop(service);
        let columns = if table == "sessions" { columns } else { "available_aal" };
        let restore = columns
            .split(", ")
            .map(|column| format!("{column} = (SELECT {column} FROM kept)"))
            .collect::<Vec<_>>();
        let restore = restore.join(", ");
        fixture
            .database
            .run(&format!("{lift_constraints}; UPDATE {table} SET {restore} WHERE {row}"));
    }
    let service = kratos::service(&fixture.database, "aal1");
    assert_eq!(get(service.public, "/sessions", &fixture.token).ids(), fixture.others);
}
