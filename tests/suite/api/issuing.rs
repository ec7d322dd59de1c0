//! `POST /admin/identities/{id}/sessions`: issuing sessions for a login system.

use std::net::SocketAddr;

use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::databases::{Kind, on_every_database};
use crate::support::http_client::{Answer, get, send, send_json};
use crate::support::kratos;
use crate::support::people::{TestService, person, session};

on_every_database! {
    issued_session_works_by_token_and_by_cookie,
    identity_is_created_once_and_updated_afterwards,
    concurrent_first_sign_ins_create_one_identity,
    inactive_identity_loses_all_sessions_and_gets_no_new_ones,
    deleting_an_identity_deletes_its_sessions,
    duplicate_external_id_is_a_conflict,
    beside_kratos_issuing_and_identity_changes_are_refused,
    values_that_the_database_rejects_are_client_errors,
    refused_issue_leaves_an_inactive_identity_unchanged,
}

const SECRET: (&str, &str) = ("session.cookie_secrets", "a-secret-of-16-characters");

pub fn issue(admin: SocketAddr, identity: Uuid, body: &Value) -> Answer {
    let path = format!("/admin/identities/{identity}/sessions");
    send_json(admin, "POST", &path, &[], &body.to_string())
}

fn password() -> Value {
    json!([{"method": "password", "aal": "aal1"}])
}

fn issued_session_works_by_token_and_by_cookie(kind: Kind) {
    let base_url = ("server.base_url", "https://accounts.example.org/");
    let test = TestService::start_on(kind, &[SECRET, base_url]);
    let ana = Uuid::new_v4();
    let body = json!({
        "identity": {"schema_id": "person", "traits": {"email": "ana@example.org"}},
        "authentication_methods": [
            {"method": "password", "aal": "aal1"},
            {"method": "totp", "aal": "aal2", "completed_at": "2026-11-23T11:59:00Z"},
        ],
        "device": {"ip_address": "2001:db8::1", "user_agent": "curl/8.5.0", "location": "Lyon, FR"},
        "expires_in": "2h",
    });
    let answer = issue(test.service.admin, ana, &body);
    assert_eq!(answer.status, 201, "{answer:?}");
    let issued = answer.json();
    let token = issued["session_token"].as_str().unwrap();
    assert!(token.starts_with("ory_st_") && token.len() == 50, "{token}");
    assert_eq!(issued["session"]["authenticator_assurance_level"], "aal2");
    assert_eq!(issued["session"]["expires_at"], "2026-11-23T14:00:00Z");
    assert_eq!(issued["session"]["identity"]["traits"]["email"], "ana@example.org");
    assert_eq!(issued["session"]["devices"][0]["ip_address"], "2001:db8::1");

    let set_cookie = issued["session_cookie"].as_str().unwrap();
    let (cookie, attributes) = set_cookie.split_once("; ").unwrap();
    assert_eq!(
        attributes,
        "HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=7200; Expires=Mon, 23 Nov 2026 14:00:00 GMT"
    );
    let by_cookie =
        send(test.service.public, "GET", "/sessions/whoami", &[("Cookie", cookie.as_bytes())]);
    let by_token = get(test.service.public, "/sessions/whoami", token);
    assert_eq!(by_cookie.json(), issued["session"]);
    assert_eq!(by_token.json(), issued["session"]);
}

fn identity_is_created_once_and_updated_afterwards(kind: Kind) {
    let test = TestService::start_on(kind, &[]);
    let ana = Uuid::new_v4();
    let sign_in = |identity: Value| {
        let body = json!({"identity": identity, "authentication_methods": password()});
        issue(test.service.admin, ana, &body).json()["session"]["identity"].clone()
    };
    let first = sign_in(json!({}));
    assert_eq!((&first["schema_id"], &first["traits"]), (&json!("default"), &json!({})));
    let second = sign_in(json!({"traits": {"name": "Ana"}, "metadata_public": {"plan": "pro"}}));
    assert_eq!(second["traits"], json!({"name": "Ana"}));
    let third = sign_in(json!({"external_id": "crm-1"}));
    assert_eq!(third["traits"], json!({"name": "Ana"}));
    assert_eq!(third["metadata_public"], json!({"plan": "pro"}));
    assert_eq!(third["external_id"], "crm-1");
    let path = format!("/admin/identities/{ana}/sessions");
    assert_eq!(send(test.service.admin, "GET", &path, &[]).ids().len(), 3);
}

fn concurrent_first_sign_ins_create_one_identity(kind: Kind) {
    let test = TestService::start_on(kind, &[]);
    let ana = Uuid::new_v4();
    let body = json!({"identity": {"traits": {"n": 1}}, "authentication_methods": password()});
    std::thread::scope(|scope| {
        for _ in 0..16 {
            scope.spawn(|| assert_eq!(issue(test.service.admin, ana, &body).status, 201));
            let another = Uuid::new_v4();
            let (test, body) = (&test, &body);
            scope.spawn(move || assert_eq!(issue(test.service.admin, another, body).status, 201));
        }
    });
    let path = format!("/admin/identities/{ana}/sessions");
    assert_eq!(send(test.service.admin, "GET", &path, &[]).ids().len(), 16);
}

fn inactive_identity_loses_all_sessions_and_gets_no_new_ones(kind: Kind) {
    let test = TestService::start_on(kind, &[]);
    let (ana, here) = (person(), session(1));
    test.issue(&ana, std::slice::from_ref(&here));
    let path = format!("/admin/identities/{}", ana.id);
    let set_state = |state: &str| {
        let body = json!({"state": state}).to_string();
        assert_eq!(send_json(test.service.admin, "PATCH", &path, &[], &body).status, 204);
    };
    let body = json!({"authentication_methods": password()});
    set_state("inactive");
    assert_eq!(get(test.service.public, "/sessions/whoami", here.token.expose()).status, 401);
    assert_eq!(issue(test.service.admin, ana.id, &body).status, 409);
    // Reactivation does not bring the revoked sessions back.
    set_state("active");
    assert_eq!(get(test.service.public, "/sessions/whoami", here.token.expose()).status, 401);
    assert_eq!(issue(test.service.admin, ana.id, &body).status, 201);
    let nobody = format!("/admin/identities/{}", Uuid::new_v4());
    assert_eq!(send_json(test.service.admin, "PATCH", &nobody, &[], "{}").status, 404);
}

fn deleting_an_identity_deletes_its_sessions(kind: Kind) {
    let test = TestService::start_on(kind, &[]);
    let (ana, here) = (person(), session(1));
    test.issue(&ana, std::slice::from_ref(&here));
    let path = format!("/admin/identities/{}", ana.id);
    assert_eq!(send(test.service.admin, "DELETE", &path, &[]).status, 204);
    assert_eq!(get(test.service.public, "/sessions/whoami", here.token.expose()).status, 401);
    let session = format!("/admin/sessions/{}", here.session.id);
    assert_eq!(send(test.service.admin, "GET", &session, &[]).status, 404);
    assert_eq!(send(test.service.admin, "DELETE", &path, &[]).status, 404);
}

fn duplicate_external_id_is_a_conflict(kind: Kind) {
    let test = TestService::start_on(kind, &[]);
    let body = json!({"identity": {"external_id": "crm-1"}, "authentication_methods": password()});
    assert_eq!(issue(test.service.admin, Uuid::new_v4(), &body).status, 201);
    let other = Uuid::new_v4();
    assert_eq!(issue(test.service.admin, other, &body).status, 409);
    // The call is atomic: the other identity was not created either.
    let path = format!("/admin/identities/{other}");
    assert_eq!(send(test.service.admin, "DELETE", &path, &[]).status, 404);
}

fn beside_kratos_issuing_and_identity_changes_are_refused(kind: Kind) {
    let database = kratos::restore(kind);
    let service = kratos::service(&database, "aal1");
    let sessions = || send(service.admin, "GET", "/admin/sessions", &[]).ids();
    let before = sessions();
    let ana = kratos::settings(kind)["people"]["ana"]["id"].as_str().map(str::to_owned);
    let ana = ana.and_then(|id| id.parse().ok()).unwrap_or_else(Uuid::new_v4);
    let body = json!({"authentication_methods": password()});
    assert_eq!(issue(service.admin, ana, &body).status, 409);
    let path = format!("/admin/identities/{ana}");
    assert_eq!(
        send_json(service.admin, "PATCH", &path, &[], r#"{"state":"inactive"}"#).status,
        409
    );
    assert_eq!(send(service.admin, "DELETE", &path, &[]).status, 409);
    assert_eq!(sessions(), before);
}

fn values_that_the_database_rejects_are_client_errors(kind: Kind) {
    let test = TestService::start_on(kind, &[]);
    let deep = |depth: usize| format!("{{\"a\":{}{}}}", "[".repeat(depth), "]".repeat(depth));
    let path = format!("/admin/identities/{}/sessions", Uuid::new_v4());
    // MariaDB limits the depth of JSON to 31; PostgreSQL limits the range of numbers.
    let is_mysql_400 = if kind == Kind::MySql { 400 } else { 201 };
    let is_postgres_400 = if kind == Kind::Postgres { 400 } else { 201 };
    for (traits, status) in [
        (deep(20), 201),
        (deep(31), is_mysql_400),
        (deep(100), is_mysql_400),
        (r#"{"a":1e-20000}"#.to_owned(), is_postgres_400),
        (r#"{"a":"\\u0000"}"#.to_owned(), 201),
    ] {
        let body = format!(
            r#"{{"identity":{{"traits":{traits}}},"authentication_methods":[{{"method":"code","aal":"aal1"}}]}}"#
        );
        let answer = send_json(test.service.admin, "POST", &path, &[], &body);
        assert_eq!(answer.status, status, "{traits}: {answer:?}");
    }
    let body = json!({"identity": {"external_id": " "}, "authentication_methods": password()});
    // MariaDB compares the space with the empty string and finds them equal.
    assert_eq!(issue(test.service.admin, Uuid::new_v4(), &body).status, is_mysql_400);
}

fn refused_issue_leaves_an_inactive_identity_unchanged(kind: Kind) {
    let test = TestService::start_on(kind, &[]);
    let (ana, here) = (person(), session(1));
    test.issue(&ana, std::slice::from_ref(&here));
    let path = format!("/admin/identities/{}", ana.id);
    assert_eq!(
        send_json(test.service.admin, "PATCH", &path, &[], r#"{"state":"inactive"}"#).status,
        204
    );
    let body = json!({"identity": {"external_id": "crm-9"}, "authentication_methods": password()});
    assert_eq!(issue(test.service.admin, ana.id, &body).status, 409);
    let with_identity = format!("/admin/sessions/{}?expand=identity", here.session.id);
    let identity = send(test.service.admin, "GET", &with_identity, &[]).json()["identity"].clone();
    assert_eq!((&identity["external_id"], &identity["state"]), (&Value::Null, &json!("inactive")));
}

#[test]
fn invalid_body_is_refused_with_the_invalid_field_named() {
    let test = TestService::start(&[]);
    let good = || json!({"authentication_methods": password()});
    let with = |pointer: &str, value: Value| {
        let mut body = good();
        let (parent, key) = pointer.rsplit_once('/').unwrap();
        if parent.is_empty() {
            body[key] = value;
        } else {
            body[parent.trim_start_matches('/')] = json!({ key: value });
        }
        body.to_string()
    };
    let deep = format!("{{\"a\":{}{}}}", "[".repeat(5000), "]".repeat(5000));
    let cases = [
        ("{".to_owned(), "EOF"),
        ("[]".to_owned(), "invalid"),
        ("{}".to_owned(), "authentication_methods"),
        (format!("{}x", good()), "after the JSON value"),
        (with("/colour", json!(1)), "'colour'"),
        (with("/authentication_methods", json!([])), "1 to 16"),
        (
            with("/authentication_methods", json!([{"method": "magic", "aal": "aal1"}])),
            "[0].method",
        ),
        (with("/authentication_methods", json!([{"method": "totp", "aal": "aal9"}])), "[0].aal"),
        (with("/expires_in", json!("soon")), "'expires_in'"),
        (with("/expires_in", json!("900000y")), "'expires_in'"),
        (with("/device/ip_address", json!(1)), "'device.ip_address'"),
        (with("/identity/traits", json!([1])), "'identity.traits'"),
        (with("/identity/traits", json!({"a": "\u{0}"})), "'identity.traits'"),
        (with("/identity/state", json!("inactive")), "'identity.state'"),
        (with("/identity/state", json!("asleep")), "'identity.state'"),
        (with("/identity/external_id", json!("")), "'identity.external_id'"),
        (with("/identity/schema_id", json!("x".repeat(3000))), "'identity.schema_id'"),
        (with("/identity/organization_id", json!("x")), "'identity.organization_id'"),
        (format!("{{\"identity\":{{\"traits\":{}", "[".repeat(5000)), "cannot be read"),
        (with("/identity/traits", json!("DEEP")).replace("\"DEEP\"", &deep), "'identity.traits'"),
    ];
    let path = format!("/admin/identities/{}/sessions", Uuid::new_v4());
    for (body, named) in cases {
        let answer = send_json(test.service.admin, "POST", &path, &[], &body);
        assert_eq!(answer.status, 400, "{body}: {answer:?}");
        assert!(answer.reason().contains(named), "{body}: {}", answer.reason());
    }
    let large = with("/identity/traits", json!({"a": "x".repeat(70_000)}));
    assert_eq!(send_json(test.service.admin, "POST", &path, &[], &large).status, 413);
    let headers: &[(&str, &[u8])] = &[("Content-Type", b"text/plain"), ("Content-Length", b"0")];
    assert_eq!(send(test.service.admin, "POST", &path, headers).status, 415);
    assert_eq!(
        send_json(test.service.admin, "POST", "/admin/identities/x/sessions", &[], "{}").status,
        400
    );
}
