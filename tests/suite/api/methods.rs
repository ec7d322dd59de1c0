//! Authentication methods of issued sessions: providers, organizations, and an operator's own names.

use serde_json::json;
use uuid::Uuid;

use crate::api::issuing::issue;
use crate::support::databases::{Kind, on_every_database};
use crate::support::http_client::{get, send_json};
use crate::support::people::TestService;

on_every_database! {
    methods_have_a_provider_and_an_organization,
    operator_adds_names_of_methods,
}

fn methods_have_a_provider_and_an_organization(kind: Kind) {
    let test = TestService::start_on(kind, &[]);
    let organization = Uuid::new_v4().to_string();
    let body = json!({"authentication_methods": [
        {"method": "oidc", "aal": "aal1", "provider": "google", "organization": organization},
    ]});
    let issued = issue(test.service.admin, Uuid::new_v4(), &body);
    let issued = issued.json();
    let token = issued["session_token"].as_str().unwrap();
    let shown = get(test.service.public, "/sessions/whoami", token).json();
    let method = json!({"method": "oidc", "aal": "aal1", "completed_at": "2026-11-23T12:00:00Z",
                        "organization": organization, "provider": "google"});
    assert_eq!(shown["authentication_methods"], json!([method]));

    for provider in [json!(""), json!(7), json!("x".repeat(129))] {
        let method = json!({"method": "oidc", "aal": "aal1", "provider": provider});
        let body = json!({"authentication_methods": [method]});
        let refused = issue(test.service.admin, Uuid::new_v4(), &body);
        assert_eq!(refused.status, 400, "{refused:?}");
    }
}

fn operator_adds_names_of_methods(kind: Kind) {
    let smart_card = json!({"authentication_methods": [{"method": "smart_card", "aal": "aal3"}]});
    let without = TestService::start_on(kind, &[]);
    let refused = issue(without.service.admin, Uuid::new_v4(), &smart_card);
    assert_eq!(refused.status, 400, "{refused:?}");
    let reason = refused.json()["error"]["reason"].as_str().unwrap().to_owned();
    assert!(
        reason.starts_with(
            "The body is invalid at 'authentication_methods[0].method': expected one of `code`, "
        ),
        "{reason}"
    );

    let names = ("session.authentication_methods", "smart_card");
    let test = TestService::start_on(kind, &[names]);
    let issued = issue(test.service.admin, Uuid::new_v4(), &smart_card);
    assert_eq!(issued.status, 201, "{issued:?}");
    let issued = issued.json();
    assert_eq!(issued["session"]["authenticator_assurance_level"], "aal3");
    let path = format!("/admin/sessions/{}", issued["session"]["id"].as_str().unwrap());
    let update = |method: &str| {
        let body = json!({"authentication_methods": [{"method": method, "aal": "aal2"}]});
        send_json(test.service.admin, "PATCH", &path, &[], &body.to_string()).status
    };
    assert_eq!((update("smart_card"), update("sms")), (200, 400));
}
