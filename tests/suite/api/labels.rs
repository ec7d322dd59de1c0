//! `expand=device_labels`: readable names of devices and sign-in methods.

use elsewhere::repository::NewSession;
use serde_json::{Value, json};

use crate::support::http_client::{get, send};
use crate::support::people::{TestService, json as raw, person, session};

const CHROME: &str = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 \
                      (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36";

fn session_on(age: i64, user_agent: Option<&str>, methods: &str) -> NewSession {
    let mut issued = session(age);
    issued.session.devices[0].user_agent = user_agent.map(str::to_owned);
    issued.session.authentication_methods = raw(methods);
    issued
}

fn label(session: &Value) -> &Value {
    &session["devices"][0]["label"]
}

#[test]
fn requested_labels_are_shown_to_the_person() {
    let test = TestService::start(&[]);
    let methods = r#"[{"method": "password", "aal": "aal1"}, {"method": "totp", "aal": "aal2"}]"#;
    let google = r#"[{"method": "oidc", "provider": "google", "aal": "aal1"}]"#;
    let here = session_on(10, Some("ExampleApp/3.2 CFNetwork/1494.0.7 Darwin/23.4.0"), google);
    test.issue(
        &person(),
        &[
            here.clone(),
            session_on(20, Some(CHROME), methods),
            session_on(30, None, r#"[{"method": "new"}]"#),
        ],
    );
    let token = here.token.expose();
    let others = get(test.service.public, "/sessions?expand=device_labels", token).json();
    assert_eq!(
        *label(&others[0]),
        json!({"text": "Chrome on Windows", "client": "Chrome", "system": "Windows", "kind": "computer"})
    );
    assert_eq!(others[0]["sign_in_methods"], json!(["Password", "Authenticator app"]));
    assert_eq!(
        *label(&others[1]),
        json!({"text": "Unknown device", "client": null, "system": null, "kind": "unknown"})
    );
    assert_eq!(others[1]["sign_in_methods"], json!(["new"]));

    let own_session = get(test.service.public, "/sessions/whoami?expand=device_labels", token);
    let own_session = own_session.json();
    assert_eq!(label(&own_session)["text"], "ExampleApp 3.2 on iOS");
    assert_eq!(own_session["sign_in_methods"], json!(["Google"]));
}

#[test]
fn requested_labels_are_shown_to_operators() {
    let test = TestService::start(&[]);
    let (ana, one) = (person(), session_on(10, Some(CHROME), "[]"));
    test.issue(&ana, std::slice::from_ref(&one));
    let identity_list = format!("/admin/identities/{}/sessions?expand=device_labels", ana.id);
    let one_session =
        format!("/admin/sessions/{}?expand=devices&expand=device_labels", one.session.id);
    for path in ["/admin/sessions?expand=devices,device_labels", &identity_list, &one_session] {
        let shown = send(test.service.admin, "GET", path, &[]).json();
        let first = shown.get(0).unwrap_or(&shown);
        assert_eq!(label(first)["text"], "Chrome on Windows", "{path}");
    }
}

#[test]
fn labels_are_absent_unless_requested() {
    let test = TestService::start(&[]);
    let here = session(10);
    test.issue(&person(), &[here.clone(), session(20)]);
    for path in ["/sessions", "/sessions/whoami", "/sessions?expand=identity&expand=devices"] {
        let answer = get(test.service.public, path, here.token.expose());
        assert_eq!(answer.status, 200);
        assert!(!answer.body.contains("label") && !answer.body.contains("sign_in"), "{path}");
    }
}

#[test]
fn next_pages_keep_the_labels() {
    let test = TestService::start(&[]);
    let here = session(10);
    test.issue(&person(), &[here.clone(), session(20), session(30)]);
    let path = "/sessions?page_size=1&expand=device_labels";
    let first = get(test.service.public, path, here.token.expose());
    let next = get(test.service.public, &first.link("next").unwrap(), here.token.expose());
    assert_eq!(label(&next.json()[0])["text"], "curl");
}
