//! JWTs of sessions in the service's own schema: templates, keys and mappers.

mod fixture;
mod keys;
mod mappers;

use serde_json::json;
use uuid::Uuid;

use crate::support::databases::{Kind, on_every_database};
use crate::support::http_client::send;
use crate::support::jwt::Jwt;
use crate::support::memory::warm;
use crate::support::people::{NOW, TestService};
use crate::support::sign_in::SignIn;
use crate::support::wait::wait_for;
use fixture::{key_set, tokenize};

on_every_database! { whoami_adds_a_jwt }

const JWKS_URL: &str = "session.tokenizer.templates.gateway.jwks_url";
const TTL: &str = "session.tokenizer.templates.gateway.ttl";
const SUBJECT_SOURCE: &str = "session.tokenizer.templates.gateway.subject_source";

fn whoami_adds_a_jwt(kind: Kind) {
    let settings = [
        (JWKS_URL, &*key_set("es256")),
        (TTL, "10m"),
        (SUBJECT_SOURCE, "external_id"),
        ("server.base_url", "https://accounts.example.org/"),
    ];
    let test = TestService::start_on(kind, &settings);
    let sign_in = SignIn::new(Uuid::new_v4()).identity(json!({"external_id": "crm-7"}));
    let signed_in = sign_in.at(test.service.admin);
    let answer = tokenize(test.service.public, "gateway", &signed_in.token);
    let jwt = Jwt::decode(&answer.json()["tokenized"]);
    let header = json!({"alg": "ES256", "kid": "open-es256", "typ": "JWT"});
    assert_eq!(jwt.header, *header.as_object().unwrap());
    let issued_at = NOW.unix_timestamp();
    let jti = jwt.claims["jti"].clone();
    let claims = json!({
        "iss": "https://accounts.example.org/",
        "sub": "crm-7",
        "sid": signed_in.session,
        "jti": jti,
        "iat": issued_at,
        "nbf": issued_at,
        "exp": issued_at + 600,
    });
    assert_eq!(jwt.claims, *claims.as_object().unwrap());
    let another = tokenize(test.service.public, "gateway", &signed_in.token);
    assert_ne!(Jwt::decode(&another.json()["tokenized"]).claims["jti"], jti);
}

#[test]
fn jwt_does_not_outlive_its_session() {
    let test = TestService::start(&[(JWKS_URL, &*key_set("es256")), (TTL, "10m")]);
    let sign_in = SignIn::new(Uuid::new_v4()).expires_in("30s".to_owned());
    let token = sign_in.at(test.service.admin).token;
    let answer = tokenize(test.service.public, "gateway", &token);
    let jwt = Jwt::decode(&answer.json()["tokenized"]).without_time();
    assert_eq!(jwt.claims["exp"], 30);
}

#[test]
fn identity_without_the_external_id_gets_no_jwt() {
    let settings = [(JWKS_URL, &*key_set("es256")), (SUBJECT_SOURCE, "external_id")];
    let test = TestService::start(&settings);
    let token = SignIn::new(Uuid::new_v4()).at(test.service.admin).token;
    let answer = tokenize(test.service.public, "gateway", &token);
    assert_eq!(answer.status, 400);
    assert!(answer.reason().contains("does not have an external ID set"), "{answer:?}");
}

#[test]
fn ended_session_gets_no_jwt() {
    let test = TestService::start(&[(JWKS_URL, &*key_set("es256"))]);
    let signed_in = SignIn::new(Uuid::new_v4()).at(test.service.admin);
    let path = format!("/admin/sessions/{}", signed_in.session);
    assert_eq!(send(test.service.admin, "DELETE", &path, &[]).status, 204);
    assert_eq!(tokenize(test.service.public, "gateway", &signed_in.token).status, 401);
}

/// As in Kratos, the first parameter counts, and an empty one asks for no JWT.
#[test]
fn template_is_named_by_the_first_parameter() {
    let test = TestService::start(&[(JWKS_URL, &*key_set("es256"))]);
    let token = SignIn::new(Uuid::new_v4()).at(test.service.admin).token;
    for (query, status, has_jwt) in [
        ("tokenize_as=gateway", 200, true),
        ("tokenize%5fas=gate%77ay", 200, true),
        ("tokenize_as=gateway&tokenize_as=unknown", 200, true),
        ("tokenize_as=&tokenize_as=gateway", 200, false),
        ("tokenize_as", 200, false),
        ("tokenize_as=unknown", 400, false),
        ("tokenize_as=Gateway", 400, false),
        ("x=1&tokenize_as=unknown&tokenize_as=gateway", 400, false),
    ] {
        let path = format!("/sessions/whoami?{query}");
        let headers = [("X-Session-Token", token.as_bytes())];
        let answer = send(test.service.public, "GET", &path, &headers);
        assert_eq!(answer.status, status, "{query}");
        assert_eq!(answer.json()["tokenized"].is_string(), has_jwt, "{query}");
    }
}

/// The session is in memory, and its row is gone.
#[test]
fn session_in_memory_gets_a_jwt() {
    let test =
        TestService::start(&[(JWKS_URL, &*key_set("es256")), (SUBJECT_SOURCE, "external_id")]);
    let sign_in = SignIn::new(Uuid::new_v4()).identity(json!({"external_id": "crm-7"}));
    let signed_in = sign_in.at(test.service.admin);
    warm(test.service.public, test.service.admin, &signed_in.token);
    test.database.run("DELETE FROM session_devices");
    test.database.run("DELETE FROM sessions");
    let answer = wait_for("an answer from memory", || {
        let answer = tokenize(test.service.public, "gateway", &signed_in.token);
        if answer.status == 200 { Ok(answer) } else { Err(answer) }
    });
    assert_eq!(answer.json()["id"], signed_in.session);
    assert_eq!(Jwt::decode(&answer.json()["tokenized"]).claims["sub"], "crm-7");
}
