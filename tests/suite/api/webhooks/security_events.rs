//! Security event tokens, verified by a library of another language.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::api::webhooks::{claimed, revoke, sign_in};
use crate::support::databases::{Database, Kind, on_every_database};
use crate::support::http_client::{get, send, send_json};
use crate::support::output::OutputInTime as _;
use crate::support::process::Replica;
use crate::support::receiver::{Receiver, Reply};
use crate::support::wait::wait_until;

on_every_database! {
    session_events_arrive_as_tokens_that_pyjwt_verifies,
}

fn python(script: &str) -> Command {
    let clients = PathBuf::from(std::env::var_os("CLIENTS").unwrap());
    let mut command = Command::new(clients.join("python/venv/bin/python"));
    let scripts = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/clients/python");
    command.arg(scripts.join(script));
    command
}

/// Settings with a key of the algorithm that the interoperability profile of CAEP asks for.
fn replica(database: &Database, receiver: &Receiver, more: &[(&str, &str)]) -> Replica {
    let keys = database.folder.path().join("keys");
    std::fs::create_dir_all(&keys).unwrap();
    let made = python("jwts.py").arg("keys").arg(&keys).output_in_time();
    assert!(made.status.success(), "{made:?}");
    let (url, keys) = (receiver.url(), format!("file://{}/RS256.json", keys.display()));
    let settings = [
        ("database.url", database.url.as_str()),
        ("server.base_url", "https://accounts.example.org/"),
        ("events.jwks_url", &keys),
        ("webhooks.chat.url", &url),
        ("webhooks.chat.format", "set"),
        ("webhooks.chat.audience", "https://receiver.example.org/"),
        ("webhooks.chat.authorization", "Bearer a-token-of-the-receiver"),
    ];
    Replica::start(&settings.into_iter().chain(more.iter().copied()).collect::<Vec<_>>())
}

/// The claims of a token.
fn verify(token: &str, replica: &Replica) -> Value {
    let mut command = python("security_events.py");
    command.env("PUBLIC", format!("http://{}", replica.public));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("token");
    std::fs::write(&path, token).unwrap();
    command.stdin(std::fs::File::open(path).unwrap());
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let output = command.spawn().unwrap().output_in_time();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn session_events_arrive_as_tokens_that_pyjwt_verifies(kind: Kind) {
    let (database, receiver) = (Database::empty(kind), Receiver::with(|_, _| Reply::Status(202)));
    let replica = replica(&database, &receiver, &[]);
    let session = sign_in(replica.admin);
    revoke(replica.admin, &session);
    let bulk = json!({"action": "delete", "sessions": [session.session]}).to_string();
    // It had ended before, so that there is no third token.
    send_json(replica.admin, "POST", "/admin/sessions", &[], &bulk);
    let last = sign_in(replica.admin);
    // A step-up has a token, other changes have none.
    let path = format!("/admin/sessions/{}", last.session);
    for change in [
        json!({"metadata": {"a": 1}}),
        json!({"authentication_methods": [{"method": "totp", "aal": "aal2"}]}),
    ] {
        send_json(replica.admin, "PATCH", &path, &[], &change.to_string());
    }
    let messages = receiver.wait_for(4);
    let claims: Vec<_> = messages.iter().map(|one| verify(&one.body, &replica)).collect();
    for message in &messages {
        assert_eq!(message.headers["content-type"], "application/secevent+jwt");
        assert_eq!(message.headers["accept"], "application/json");
        assert_eq!(message.headers["authorization"], "Bearer a-token-of-the-receiver");
    }
    let whoami = get(replica.public, "/sessions/whoami", &last.token).json();
    let issuer = "https://accounts.example.org";
    let of_last = claims.iter().find(|claims| claims["sub_id"]["session"]["id"] == *last.session);
    let expected = json!({
        "format": "complex",
        "user": {"format": "iss_sub", "iss": issuer, "sub": whoami["identity"]["id"]},
        "session": {"format": "opaque", "id": last.session},
    });
    assert_eq!(of_last.unwrap()["sub_id"], expected);
    let name = |name: &str| format!("https://schemas.openid.net/secevent/caep/event-type/{name}");
    let change = name("assurance-level-change");
    let stepped_up = claims.iter().find_map(|claims| claims["events"].get(&change)).unwrap();
    assert_eq!(stepped_up["namespace"], "NIST-AAL");
    assert_eq!(stepped_up["previous_level"], "nist-aal1");
    assert_eq!(stepped_up["current_level"], "nist-aal2");
    assert_eq!(stepped_up["change_direction"], "increase");
    let of_first: Vec<_> = claims
        .iter()
        .filter(|claims| claims["sub_id"]["session"]["id"] == *session.session)
        .map(|claims| claims["events"].clone())
        .collect();
    assert!(of_first[0].get(name("session-established")).is_some(), "{of_first:?}");
    let revoked = &of_first[1][name("session-revoked")];
    assert_eq!(revoked["initiating_entity"], "admin");
    assert_eq!(revoked["reason_admin"], json!({"en": "An operator ended the session."}));
    assert!(revoked["event_timestamp"].is_u64(), "{revoked}");
}

#[test]
fn a_receiver_that_refuses_a_token_names_the_reason() {
    let database = Database::empty(Kind::Sqlite);
    let receiver = Receiver::with(|_, _| Reply::Json(400, r#"{"err": "invalid_audience"}"#));
    let give_up = [("webhooks.chat.give_up", "1ms")];
    let replica = replica(&database, &receiver, &give_up);
    claimed(&database);
    sign_in(replica.admin);
    let problems = "SELECT problem FROM elsewhere_undelivered_events";
    wait_until("the problem", || database.texts(problems) == ["status 400 invalid_audience"]);
}

#[test]
fn without_keys_there_is_no_transmitter() {
    let database = Database::empty(Kind::Sqlite);
    let replica = Replica::start(&[("database.url", &database.url)]);
    assert_eq!(send(replica.public, "GET", "/.well-known/ssf-configuration", &[]).status, 404);
}
