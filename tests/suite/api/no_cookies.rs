//! `session.cookies = false`: only tokens are accepted.

use elsewhere::authentication::CookieCodec;
use uuid::Uuid;

use crate::support::http_client::send;
use crate::support::people::{NOW, TestService, person, session};
use crate::support::service::config;
use crate::support::sign_in::SignIn;

const OFF: (&str, &str) = ("session.cookies", "false");

#[test]
fn cookie_is_neither_read_nor_set_and_counts_as_no_credential() {
    let test = TestService::start(&[OFF]);
    let issued = session(1);
    test.issue(&person(), std::slice::from_ref(&issued));
    let codec =
        CookieCodec::new(&config([("session.cookie_secrets", "a-secret-of-16-characters")]));
    let value = codec.seal(&issued.token, issued.session.expires_at, NOW).unwrap();
    let cookie = format!("{}={value}", codec.name());
    let cookie = ("Cookie", cookie.as_bytes());
    let whoami =
        |headers: &[(&str, &[u8])]| send(test.service.public, "GET", "/sessions/whoami", headers);

    assert_eq!(whoami(&[]).status, 401);
    assert_eq!(whoami(&[cookie]).status, 401);
    let metrics = send(test.service.admin, "GET", "/metrics/prometheus", &[]).body;
    assert!(metrics.contains(r#"{credential="none",outcome="missing"} 2"#), "{metrics}");
    let token = ("X-Session-Token", issued.token.expose().as_bytes());
    let by_token = whoami(&[cookie, token]);
    assert_eq!((by_token.status, by_token.has("set-cookie")), (200, false), "{by_token:?}");
    let issued = SignIn::new(Uuid::new_v4()).send(test.service.admin).json();
    assert!(issued["session_token"].is_string() && issued["session_cookie"].is_null(), "{issued}");
}

#[test]
fn description_and_page_are_without_cookies() {
    for (settings, is_accepted) in [(&[OFF][..], false), (&[], true)] {
        let test = TestService::start(settings);
        let public = test.service.public;
        let description = send(public, "GET", "/openapi.json", &[]).json();
        let accepted = description["security"].as_array().unwrap();
        assert_eq!(accepted.len(), if is_accepted { 3 } else { 2 }, "{accepted:?}");
        let schemes = &description["components"]["securitySchemes"];
        assert_eq!(schemes.get("session_cookie").is_some(), is_accepted, "{schemes}");
        let page = send(public, "GET", "/ui/sessions", &[]).status;
        assert_eq!(page != 404, is_accepted, "{page}");
    }
}
