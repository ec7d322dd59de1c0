//! `PATCH /admin/sessions/{id}` and `PATCH /sessions/{id}`: a session that lives on with another
//! level, expiry, token, metadata or name.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::databases::{Kind, on_every_database};
use crate::support::event_log::events_so_far;
use crate::support::http_client::{Answer, get, send, send_json};
use crate::support::kratos;
use crate::support::people::{TestService, person, session};
use crate::support::sign_in::{SignIn, SignedIn};

on_every_database! {
    step_up_raises_the_level_of_a_living_session,
    step_ups_at_the_same_time_are_all_kept,
    new_token_replaces_the_old_one_on_every_replica,
    expiry_moves_within_the_absolute_lifespan,
    metadata_is_set_replaced_and_removed,
    person_names_own_sessions_only,
    change_without_difference_has_no_event,
    ended_and_unknown_sessions_are_not_changed,
    beside_kratos_sessions_are_left_as_they_are,
}

const SECRET: (&str, &str) = ("session.cookie_secrets", "a-secret-of-16-characters");

fn started(kind: Kind, settings: &[(&str, &str)]) -> (TestService, SignedIn) {
    let test = TestService::start_on(kind, settings);
    let signed_in = SignIn::new(Uuid::new_v4()).at(test.service.admin);
    (test, signed_in)
}

fn update(test: &TestService, id: &str, body: &Value) -> Answer {
    let path = format!("/admin/sessions/{id}");
    send_json(test.service.admin, "PATCH", &path, &[], &body.to_string())
}

fn rename(test: &TestService, id: &str, token: &str, name: &Value) -> Answer {
    let headers = [("X-Session-Token", token.as_bytes())];
    let body = json!({"name": name}).to_string();
    send_json(test.service.public, "PATCH", &format!("/sessions/{id}"), &headers, &body)
}

fn whoami(test: &TestService, token: &str) -> Value {
    let answer = get(test.service.public, "/sessions/whoami", token);
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.json()
}

fn changes(test: &TestService) -> Vec<Value> {
    let changed = |event: &&Value| event["type"] == "session.changed";
    let all = events_so_far(&test.service);
    all.iter().filter(changed).map(|event| event["data"].clone()).collect()
}

fn totp() -> Value {
    json!([{"method": "totp", "aal": "aal2"}])
}

fn step_up_raises_the_level_of_a_living_session(kind: Kind) {
    let required = ("session.required_aal", "highest_available");
    let test = TestService::start_on(kind, &[required]);
    let ana = SignIn::new(Uuid::new_v4()).identity(json!({"available_aal": "aal2"}));
    let ana = ana.at(test.service.admin);
    assert_eq!(get(test.service.public, "/sessions/whoami", &ana.token).status, 403);

    let answer = update(&test, &ana.session, &json!({"authentication_methods": totp()}));
    assert_eq!(answer.status, 200, "{}", answer.body);
    let shown = answer.json();
    assert_eq!(shown.as_object().unwrap().keys().collect::<Vec<_>>(), ["session"]);
    let seen = whoami(&test, &ana.token);
    for session in [&shown["session"], &seen] {
        assert_eq!(session["authenticator_assurance_level"], "aal2");
        let methods = session["authentication_methods"].as_array().unwrap();
        let names: Vec<_> = methods.iter().map(|method| method["method"].clone()).collect();
        assert_eq!(names, ["password", "totp"]);
    }
    let data = &changes(&test)[0];
    assert_eq!(data["session_id"], ana.session.as_str());
    assert_eq!(data["authenticator_assurance_level"], "aal2");
    assert_eq!(data["previous_authenticator_assurance_level"], "aal1");
    assert_eq!(data["actor"]["kind"], "operator");
}

fn step_ups_at_the_same_time_are_all_kept(kind: Kind) {
    let (test, ana) = started(kind, &[]);
    let methods = ["totp", "webauthn", "lookup_secret", "passkey"];
    std::thread::scope(|scope| {
        for method in methods {
            let body = json!({"authentication_methods": [{"method": method, "aal": "aal2"}]});
            let (test, ana) = (&test, &ana);
            scope.spawn(move || assert_eq!(update(test, &ana.session, &body).status, 200));
        }
    });
    let seen = whoami(&test, &ana.token);
    assert_eq!(seen["authentication_methods"].as_array().unwrap().len(), 1 + methods.len());
}

fn new_token_replaces_the_old_one_on_every_replica(kind: Kind) {
    let (test, ana) = started(kind, &[SECRET]);
    let replica = test.another_replica();
    for listener in [test.service.public, replica.public] {
        assert_eq!(get(listener, "/sessions/whoami", &ana.token).status, 200);
    }
    let answer = update(&test, &ana.session, &json!({"rotate_token": true})).json();
    let token = answer["session_token"].as_str().unwrap();
    assert_ne!(token, ana.token);
    for listener in [test.service.public, replica.public] {
        assert_eq!(get(listener, "/sessions/whoami", &ana.token).status, 401);
        assert_eq!(get(listener, "/sessions", &ana.token).status, 401);
        assert_eq!(get(listener, "/sessions/whoami", token).status, 200);
    }
    let cookie = answer["session_cookie"].as_str().unwrap().split(';').next().unwrap();
    let with_cookie = [("Cookie", cookie.as_bytes())];
    let seen = send(test.service.public, "GET", "/sessions/whoami", &with_cookie);
    assert_eq!((seen.status, seen.json()["id"].as_str()), (200, Some(ana.session.as_str())));
    // No response, no event and no other call shows a token.
    assert!(!seen.body.contains(token) && !changes(&test)[0].to_string().contains(token));
}

fn expiry_moves_within_the_absolute_lifespan(kind: Kind) {
    let (test, ana) = started(kind, &[("session.absolute_lifespan", "48h")]);
    for (requested, expires_at) in [
        ("1h", "2026-11-23T13:00:00Z"),
        ("30h", "2026-11-24T18:00:00Z"),
        ("90h", "2026-11-25T12:00:00Z"),
    ] {
        let answer = update(&test, &ana.session, &json!({"expires_in": requested}));
        assert_eq!(answer.json()["session"]["expires_at"], expires_at, "{}", answer.body);
        assert_eq!(whoami(&test, &ana.token)["expires_at"], expires_at);
    }
}

fn metadata_is_set_replaced_and_removed(kind: Kind) {
    let test = TestService::start_on(kind, &[]);
    let ana = Uuid::new_v4();
    let issued = send_json(
        test.service.admin,
        "POST",
        &format!("/admin/identities/{ana}/sessions"),
        &[],
        &json!({
            "authentication_methods": [{"method": "password", "aal": "aal1"}],
            "metadata": {"tenant": "é", "n": 1},
        })
        .to_string(),
    );
    assert_eq!(issued.json()["session"]["metadata"], json!({"tenant": "é", "n": 1}));
    let here = SignedIn::read(&issued.json());
    assert_eq!(whoami(&test, &here.token)["metadata"]["n"], 1);
    let answer = update(&test, &here.session, &json!({"metadata": {"tenant": "b"}}));
    assert_eq!(answer.json()["session"]["metadata"], json!({"tenant": "b"}));
    assert_eq!(whoami(&test, &here.token)["metadata"], json!({"tenant": "b"}));
    // A list for people does not have it, a list for operators does.
    let other = SignIn::new(ana).at(test.service.admin);
    let list = get(test.service.public, "/sessions", &other.token);
    assert!(!list.body.contains("metadata\":{\"tenant"), "{}", list.body);
    let all = send(test.service.admin, "GET", "/admin/sessions", &[]);
    assert!(all.body.contains("tenant"), "{}", all.body);
    assert_eq!(update(&test, &here.session, &json!({"metadata": null})).status, 200);
    assert_eq!(whoami(&test, &here.token).get("metadata"), None);

    for (body, place) in [
        (json!({"metadata": []}), "metadata"),
        (json!({"metadata": {"a": "x".repeat(5000)}}), "metadata"),
        (json!({"metadata": {"a": "\0"}}), "metadata"),
        (json!({"authentication_methods": []}), "authentication_methods"),
        (json!({"authentication_methods": [{"method": "?", "aal": "aal1"}]}), "method"),
        (json!({"expires_in": "0s"}), "expires_in"),
        (json!({"rotate_token": "yes"}), "rotate_token"),
        (json!({"name": "x"}), "name"),
        (json!({}), "nothing"),
    ] {
        let answer = update(&test, &here.session, &body);
        assert!(answer.status == 400 && answer.reason().contains(place), "{body}: {answer:?}");
    }
}

fn person_names_own_sessions_only(kind: Kind) {
    let test = TestService::start_on(kind, &[]);
    let sessions = [session(1), session(2)];
    test.issue(&person(), &sessions);
    let stranger = SignIn::new(Uuid::new_v4()).at(test.service.admin);
    let [here, there] = sessions.each_ref().map(|one| one.session.id.to_string());
    let token = sessions[0].token.expose();
    assert_eq!(rename(&test, &here, token, &json!("Work laptop")).status, 204);
    assert_eq!(rename(&test, &there, token, &json!(" Tablet 📱 ")).status, 204);
    assert_eq!(whoami(&test, token)["name"], "Work laptop");
    let list = get(test.service.public, "/sessions", token).json();
    assert_eq!(list[0]["name"], "Tablet 📱");
    let data = &changes(&test)[0];
    assert_eq!(
        (&data["actor"]["kind"], &data["actor"]["session_id"]),
        (&json!("user"), &json!(here))
    );

    // The answer does not depend on the owner.
    for id in [stranger.session.as_str(), "00000000-0000-4000-8000-00000000dead"] {
        assert_eq!(rename(&test, id, token, &json!("Mine now")).status, 204);
    }
    assert_eq!(whoami(&test, &stranger.token).get("name"), None);
    assert_eq!(rename(&test, &here, token, &Value::Null).status, 204);
    assert_eq!(whoami(&test, token).get("name"), None);
    for bad in [json!(""), json!("a\u{202e}b"), json!("x".repeat(61)), json!(1)] {
        assert_eq!(rename(&test, &here, token, &bad).status, 400, "{bad}");
    }
    assert_eq!(rename(&test, &here, "ory_st_nobody's", &json!("x")).status, 401);
}

fn change_without_difference_has_no_event(kind: Kind) {
    let (test, ana) = started(kind, &[]);
    let body = json!({
        "authentication_methods":
            [{"method": "totp", "aal": "aal2", "completed_at": "2026-11-23T11:00:00Z"}],
        "metadata": {"b": 1, "a": [1.5]},
        "expires_in": "3h",
    });
    for _ in 0..3 {
        assert_eq!(update(&test, &ana.session, &body).status, 200);
    }
    assert_eq!(changes(&test).len(), 1);
    let seen = whoami(&test, &ana.token);
    assert_eq!(seen["authentication_methods"].as_array().unwrap().len(), 2);
}

fn ended_and_unknown_sessions_are_not_changed(kind: Kind) {
    let (test, ana) = started(kind, &[]);
    let path = format!("/admin/sessions/{}", ana.session);
    assert_eq!(send(test.service.admin, "DELETE", &path, &[]).status, 204);
    let body = json!({"rotate_token": true, "expires_in": "1h"});
    assert_eq!(update(&test, &ana.session, &body).status, 409);
    assert_eq!(get(test.service.public, "/sessions/whoami", &ana.token).status, 401);
    let unknown = "00000000-0000-4000-8000-00000000dead";
    assert_eq!(update(&test, unknown, &body).status, 404);
    assert!(changes(&test).is_empty());
}

fn beside_kratos_sessions_are_left_as_they_are(kind: Kind) {
    let database = kratos::restore(kind);
    let service = kratos::service(&database, "aal1");
    let path = "/admin/sessions/00000000-0000-4000-8000-00000000dead";
    let body = json!({"rotate_token": true}).to_string();
    assert_eq!(send_json(service.admin, "PATCH", path, &[], &body).status, 409);
    let headers = [("X-Session-Token", b"ory_st_x".as_slice())];
    let path = "/sessions/00000000-0000-4000-8000-00000000dead";
    let named = send_json(service.public, "PATCH", path, &headers, r#"{"name": "x"}"#);
    assert_eq!(named.status, 404);
}
