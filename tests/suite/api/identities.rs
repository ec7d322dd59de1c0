//! `/admin/identities/{id}`, and the end of many sessions.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::databases::{Kind, on_every_database};
use crate::support::http_client::{Answer, get, send, send_json};
use crate::support::kratos;
use crate::support::people::{TestService, person, session};
use crate::support::sign_in::SignIn;
use crate::support::wait::wait_until;

on_every_database! {
    identity_is_read_and_patched,
    patch_that_changes_nothing_has_no_event,
    identity_with_thousands_of_sessions_is_deactivated_and_deleted,
    sessions_left_by_an_interrupted_deactivation_never_come_back,
    bulk_verbs_spare_the_excepted_sessions,
    beside_kratos_identities_belong_to_kratos,
}

fn path(identity: Uuid) -> String {
    format!("/admin/identities/{identity}")
}

fn patch(test: &TestService, identity: Uuid, body: &Value) -> Answer {
    send_json(test.service.admin, "PATCH", &path(identity), &[], &body.to_string())
}

fn read(test: &TestService, identity: Uuid) -> Value {
    let answer = send(test.service.admin, "GET", &path(identity), &[]);
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.json()
}

fn events(test: &TestService, event_type: &str) -> Vec<Value> {
    let path = format!("/admin/events?type={event_type}&limit=1000");
    let answer = send(test.service.admin, "GET", &path, &[]);
    answer.json()["events"].as_array().unwrap().clone()
}

fn identity_is_read_and_patched(kind: Kind) {
    let test = TestService::start_on(kind, &[]);
    let ana = Uuid::new_v4();
    let body = json!({
        "external_id": "ana-1",
        "traits": {"email": "ana@example.org", "name": {"first": "Ana", "last": "Sá"}},
        "metadata_admin": {"plan": "a", "seats": 3},
        "available_aal": "aal2",
        "organization_id": "7b1f2c1e-0a50-4d5c-9f0e-1c3a5e7d9b10",
    });
    let here = SignIn::new(ana).identity(body).at(test.service.admin);
    let shown = read(&test, ana);
    assert_eq!(shown["id"], ana.to_string());
    assert_eq!(shown["schema_url"], "");
    assert_eq!(shown["metadata_admin"], json!({"plan": "a", "seats": 3}));

    let change = json!({
        "external_id": null,
        "traits": {"name": {"last": null, "nick": "A"}},
        "metadata_public": {"colour": "blue"},
        "metadata_admin": null,
        "organization_id": null,
    });
    assert_eq!(patch(&test, ana, &change).status, 204);
    let shown = read(&test, ana);
    let traits = json!({"email": "ana@example.org", "name": {"first": "Ana", "nick": "A"}});
    assert_eq!(shown["traits"], traits);
    assert_eq!(shown.get("external_id"), None);
    assert_eq!(shown["metadata_public"], json!({"colour": "blue"}));
    assert_eq!((&shown["metadata_admin"], &shown["organization_id"]), (&Value::Null, &Value::Null));
    // The person sees it at once, from memory, too.
    let seen = get(test.service.public, "/sessions/whoami", &here.token).json();
    assert_eq!(seen["identity"]["traits"], traits);

    for (body, field) in [
        (json!({"traits": null}), "traits"),
        (json!({"state": null}), "state"),
        (json!({"schema_id": null}), "schema_id"),
        (json!({"traits": []}), "traits"),
        (json!({"trait": {}}), "trait"),
        (json!({"state": "asleep"}), "state"),
    ] {
        let answer = patch(&test, ana, &body);
        assert!(answer.status == 400 && answer.reason().contains(field), "{body} {answer:?}");
    }
    assert_eq!(send(test.service.admin, "GET", &path(Uuid::new_v4()), &[]).status, 404);
    assert_eq!(patch(&test, Uuid::new_v4(), &json!({"traits": {}})).status, 404);
}

fn patch_that_changes_nothing_has_no_event(kind: Kind) {
    let test = TestService::start_on(kind, &[]);
    let ana = Uuid::new_v4();
    SignIn::new(ana).identity(json!({"schema_id": "Person"})).at(test.service.admin);
    for (body, count) in [
        (json!({"schema_id": "Person", "metadata_public": null}), 1),
        // Some collations take another case for the same.
        (json!({"schema_id": "person"}), 2),
        (json!({"traits": {"a": 1}}), 3),
        (json!({"traits": {"a": 1.0}}), 4),
        (json!({"traits": {"a": 1.0, "b": null}}), 4),
    ] {
        assert_eq!(patch(&test, ana, &body).status, 204);
        // Once a later event is in the log, all earlier ones are.
        let later = Uuid::new_v4();
        SignIn::new(later).at(test.service.admin);
        let of = |id: Uuid| {
            let all = events(&test, "identity.changed");
            all.iter().filter(|event| event["data"]["identity_id"] == id.to_string()).count()
        };
        wait_until("the later event", || of(later) == 1);
        let found = of(ana);
        assert_eq!(found, count, "{body}");
    }
}

fn identity_with_thousands_of_sessions_is_deactivated_and_deleted(kind: Kind) {
    let test = TestService::start_on(kind, &[]);
    for deletes in [false, true] {
        let ana = person();
        let sessions: Vec<_> = (0..2300).map(session).collect();
        test.issue(&ana, &sessions);
        let token = sessions[7].token.expose();
        assert_eq!(get(test.service.public, "/sessions/whoami", token).status, 200);
        let answer = if deletes {
            send(test.service.admin, "DELETE", &path(ana.id), &[])
        } else {
            patch(&test, ana.id, &json!({"state": "inactive"}))
        };
        assert_eq!(answer.status, 204, "{}", answer.body);
        assert_eq!(get(test.service.public, "/sessions/whoami", token).status, 401);
        let live = format!("/admin/identities/{}/sessions?active=true", ana.id);
        assert!(send(test.service.admin, "GET", &live, &[]).ids().is_empty());
    }
}

fn sessions_left_by_an_interrupted_deactivation_never_come_back(kind: Kind) {
    let test = TestService::start_on(kind, &[]);
    for by_issue in [false, true] {
        let ana = person();
        let left = session(60);
        test.issue(&ana, std::slice::from_ref(&left));
        // As after a crash between the change of the identity and the end of its sessions.
        test.database
            .run(&format!("UPDATE identities SET state = 'inactive' WHERE id = '{}'", ana.id));
        if by_issue {
            SignIn::new(ana.id).identity(json!({"state": "active"})).at(test.service.admin);
        } else {
            assert_eq!(patch(&test, ana.id, &json!({"state": "active"})).status, 204);
        }
        assert_eq!(read(&test, ana.id)["state"], "active");
        let refused = get(test.service.public, "/sessions/whoami", left.token.expose());
        assert_eq!(refused.status, 401, "{by_issue}");
    }
}

fn bulk_verbs_spare_the_excepted_sessions(kind: Kind) {
    let test = TestService::start_on(kind, &[]);
    let bulk = |body: &Value| {
        send_json(test.service.admin, "POST", "/admin/sessions", &[], &body.to_string())
    };
    for action in ["disable", "delete"] {
        let (ana, sessions) = (person(), [session(1), session(2), session(3)]);
        test.issue(&ana, &sessions);
        let ids = sessions.each_ref().map(|one| one.session.id.to_string());
        let answer = bulk(&json!({"action": action, "identities": [ana.id], "except": [ids[1]]}));
        assert_eq!(answer.json(), json!({"processed": 2, "more": false}), "{}", answer.body);
        let statuses = sessions
            .each_ref()
            .map(|one| get(test.service.public, "/sessions/whoami", one.token.expose()).status);
        assert_eq!(statuses, [401, 200, 401]);
    }
    let id = Uuid::new_v4();
    for body in [
        json!({"action": "disable", "sessions": [id], "except": [id]}),
        json!({"action": "disable", "identities": ["*"], "except": [id]}),
        json!({"action": "disable", "identities": [id], "except": ["x"]}),
        json!({"action": "disable", "identities": [id], "except": vec![id; 17]}),
        json!({"action": "disable", "identities": [id], "excepts": [id]}),
    ] {
        assert_eq!(bulk(&body).status, 400, "{body}");
    }
}

/// A filter that is passed over selects everything.
#[test]
fn unknown_parameters_of_the_admin_side_are_refused() {
    let test = TestService::start(&[]);
    let id = Uuid::new_v4();
    for (path, status) in [
        ("/admin/sessions?identity=x".to_owned(), 400),
        ("/admin/sessions?activ=true".to_owned(), 400),
        (
            "/admin/sessions?active=true&expand=devices&page_size=3&page=1&per_page=2".to_owned(),
            200,
        ),
        (format!("/admin/identities/{id}/sessions?active=true&page_token="), 200),
        (format!("/admin/identities/{id}/sessions?state=active"), 400),
        ("/admin/events?types=session.issued".to_owned(), 400),
        ("/admin/events?type=session.issued&limit=1".to_owned(), 200),
    ] {
        let answer = send(test.service.admin, "GET", &path, &[]);
        assert_eq!(answer.status, status, "{path} {}", answer.body);
    }
    let answer = send(test.service.admin, "GET", "/admin/sessions?%00%1b=1", &[]);
    assert_eq!(
        (answer.status, answer.reason().as_str()),
        (400, "The parameter '' is unknown here.")
    );
}

fn beside_kratos_identities_belong_to_kratos(kind: Kind) {
    let database = kratos::restore(kind);
    let service = kratos::service(&database, "aal1");
    let path = path(Uuid::new_v4());
    assert_eq!(send(service.admin, "GET", &path, &[]).status, 409);
    assert_eq!(send_json(service.admin, "PATCH", &path, &[], r#"{"traits": {}}"#).status, 409);
    // Kratos passes over parameters that it does not know.
    assert_eq!(send(service.admin, "GET", "/admin/sessions?nothing=1", &[]).status, 200);
}
