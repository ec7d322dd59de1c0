//! Key sets: the first key signs, public parts are published, and files are reloaded.

use elsewhere::config::{BaseUrl, Config};
use elsewhere::tokenizer::Tokenizer;
use serde_json::{Value, json};
use std::net::SocketAddr;
use uuid::Uuid;

use crate::api::jwt::JWKS_URL;
use crate::api::jwt::fixture::{inline, key, tokenize};
use crate::support::http_client::send;
use crate::support::jwt::Jwt;
use crate::support::people::TestService;
use crate::support::service::config;
use crate::support::sign_in::SignIn;
use crate::support::wait::wait_until;

fn published(public: SocketAddr) -> Value {
    send(public, "GET", "/.well-known/jwks.json", &[]).json()["keys"].clone()
}

#[test]
fn public_parts_of_all_asymmetric_keys_are_published_once() {
    let keys = json!({"keys": [key("es256"), key("hs256"), key("rs256")]}).to_string();
    let settings =
        [(JWKS_URL, &*inline(&keys)), ("session.tokenizer.templates.b.jwks_url", &inline(&keys))];
    let test = TestService::start(&settings);
    let answer = send(test.service.public, "GET", "/.well-known/jwks.json", &[]);
    assert_eq!(answer.header("cache-control"), "public, max-age=60");
    let public = |name: &str, members: &[&str]| {
        let key = key(name);
        let members = ["kty", "alg", "kid", "use"].iter().chain(members);
        members.map(|member| ((*member).to_owned(), key[member].clone())).collect::<Value>()
    };
    let expected = json!([public("es256", &["crv", "x", "y"]), public("rs256", &["n", "e"])]);
    assert_eq!(answer.json()["keys"], expected);
}

#[test]
fn without_templates_no_key_is_published() {
    let test = TestService::start(&[]);
    assert_eq!(published(test.service.public), json!([]));
}

#[test]
fn key_sets_in_files_are_reloaded() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let write = |content: &str| std::fs::write(file.path(), content).unwrap();
    write(&json!({"keys": [key("es256")]}).to_string());
    let url = format!("file://{}", file.path().display());
    let test = TestService::start(&[(JWKS_URL, &url)]);
    let token = SignIn::new(Uuid::new_v4()).at(test.service.admin).token;
    let kid = || {
        let answer = tokenize(test.service.public, "gateway", &token);
        Jwt::decode(&answer.json()["tokenized"]).header["kid"].clone()
    };
    assert_eq!(kid(), "open-es256");
    // Not usable, so the previous keys stay in use.
    write("{\"keys\": [");
    assert_eq!(kid(), "open-es256");
    // The next key signs, the previous one is still published.
    write(&json!({"keys": [key("rs256"), key("es256")]}).to_string());
    wait_until("the file is reloaded", || kid() == "open-rs256");
    let kids: Vec<_> = published(test.service.public)
        .as_array()
        .unwrap()
        .iter()
        .map(|key| key["kid"].clone())
        .collect();
    assert_eq!(kids, ["open-rs256", "open-es256"]);
}

/// A recorded key with other members.
fn altered(name: &str, changes: &Value) -> Value {
    let mut key = key(name);
    key.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    key
}

/// Without a kid, the thumbprint of RFC 7638 identifies a key, in JWTs and where it is published.
#[test]
fn key_without_a_kid_has_its_thumbprint() {
    let mut key = key("rs256");
    key.as_object_mut().unwrap().remove("kid");
    // The example of RFC 7638 §3.1.
    let example = json!({
        "kty": "RSA", "alg": "RS256", "e": "AQAB",
        "n": "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tS\
              oc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65\
              YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyr\
              dkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzK\
              nqDKgw",
    });
    let keys = json!({"keys": [key, example]}).to_string();
    let test = TestService::start(&[(JWKS_URL, &*inline(&keys))]);
    let token = SignIn::new(Uuid::new_v4()).at(test.service.admin).token;
    let answer = tokenize(test.service.public, "gateway", &token);
    let kid = Jwt::decode(&answer.json()["tokenized"]).header["kid"].clone();
    let published = published(test.service.public);
    assert_eq!(published[0]["kid"], kid);
    assert_eq!(published[1]["kid"], "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
}

/// The error of a start with this setting.
fn error(key: &str, value: &str) -> String {
    let config: Config = config([(JWKS_URL, &*inline(r#"{"keys":[]}"#)), (key, value)]);
    let url: &BaseUrl = &config.server.base_url;
    let tokenizer = Tokenizer::new(&config.session.tokenizer, url, "/nothing".as_ref());
    tokenizer.err().unwrap().to_string()
}

#[test]
fn unusable_key_sets_are_refused_at_the_start() {
    let set = |keys: &[Value]| inline(&json!({"keys": keys}).to_string());
    let with = |name: &str, changes: Value| set(&[altered(name, &changes)]);
    for (url, expected) in [
        (inline(r#"{"keys": []}"#), "expected a key set with a key, got an empty one"),
        (inline("[]"), "expected a JSON Web Key Set, got something else at line 1"),
        (inline(r#"{"keys": [{"kty": 1}]}"#), "expected a JSON Web Key Set, got something else"),
        ("file:///nowhere/keys".to_owned(), "cannot read /nowhere/keys: No such file"),
        (with("es256", json!({"alg": null})), "unusable key \"open-es256\": expected an `alg` of"),
        (with("es256", json!({"alg": "none"})), "expected an `alg` of"),
        (with("es256", json!({"alg": "ES256K"})), "expected an `alg` of"),
        (with("es256", json!({"alg": "ES384"})), "expected a key of the curve P-384"),
        (with("es256", json!({"alg": "RS256"})), "expected an RSA key"),
        (with("es256", json!({"alg": "HS256"})), "expected a key of the type `oct`"),
        (with("es256", json!({"d": null})), "expected the member `d` in base64url"),
        (with("es256", json!({"d": "AQAB"})), "expected a private key and the public key"),
        (with("es256", json!({"y": "AQAB"})), "expected a private key and the public key"),
        (with("rs256", json!({"p": null})), "expected the member `p` in base64url"),
        (with("rs256", json!({"d": "AQAB"})), "expected a private key and the public key"),
        (with("eddsa", json!({"crv": "X25519"})), "expected a key of the curve Ed25519"),
        (with("hs256", json!({"k": "c2hvcnQ"})), "expected a key of at least 32 bytes"),
        (with("es256", json!({"use": "enc"})), "expected a key for signatures"),
        (set(&[key("es256"), json!({"kty": "OKP"})]), "expected the member `x` in base64url"),
        (set(&[key("es256"), json!({"kty": "EC", "kid": "b", "x": "%"})]), "unusable key \"b\""),
        (
            set(&[key("es256"), altered("rs256", &json!({"p": "AQ"}))]),
            "unusable key \"open-rs256\"",
        ),
        (set(&[key("es256"), altered("rs256", &json!({"kid": "open-es256"}))]), "a kid of its own"),
        (with("hs256", json!({"alg": "HS512"})), "expected a key of at least 64 bytes"),
    ] {
        let error = error(JWKS_URL, &url);
        assert!(error.starts_with(&format!("{JWKS_URL}: ")), "{error}");
        assert!(error.contains(expected), "{error}, in place of {expected}");
    }
}
