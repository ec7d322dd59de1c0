//! `GET /sessions/whoami`, which gateways call for every request.

use serde_json::json;

use crate::support::databases::{Kind, on_every_database};
use crate::support::http_client::{get, send};
use crate::support::people::{TestService, json as raw, person, session};

on_every_database! {
    whoami_shows_the_callers_identity_and_session,
    public_api_does_not_show_admin_metadata,
}

fn whoami_shows_the_callers_identity_and_session(kind: Kind) {
    let test = TestService::start_on(kind, &[]);
    let (ana, here) = (person(), session(10));
    test.issue(&ana, &[here.clone(), session(20)]);
    let answer = get(test.service.public, "/sessions/whoami", here.token.expose());
    assert_eq!(answer.status, 200);
    let id = ana.id.to_string();
    assert_eq!(answer.header("x-kratos-authenticated-identity-id"), id);
    let body = answer.json();
    assert_eq!(body["id"], here.session.id.to_string());
    assert_eq!(body["active"], true);
    assert_eq!(body["identity"]["id"], id);
    assert_eq!(body["identity"]["traits"], json!({"email": "someone@example.org"}));
    // Nothing serves schemas here. Beside a Kratos, Kratos does.
    assert_eq!(body["identity"]["schema_url"], "");
    assert_eq!(body["devices"][0]["ip_address"], "192.0.2.1");
}

fn public_api_does_not_show_admin_metadata(kind: Kind) {
    let test = TestService::start_on(kind, &[]);
    let here = session(10);
    let mut ana = person();
    ana.metadata_admin = Some(raw(r#"{"note":"watch this one"}"#));
    test.issue(&ana, std::slice::from_ref(&here));
    for path in ["/sessions/whoami", "/sessions"] {
        let answer = get(test.service.public, path, here.token.expose());
        assert!(!answer.body.contains("watch this one"), "{path}");
    }
    let path = format!("/admin/sessions/{}?expand=identity", here.session.id);
    let answer = send(test.service.admin, "GET", &path, &[]);
    assert_eq!(answer.json()["identity"]["metadata_admin"]["note"], "watch this one");
}
