//! Renewed cookies: `whoami` sends a new cookie for a session that was extended beyond the one of
//! the request, and no response sends one otherwise.

use uuid::Uuid;

use crate::support::databases::{Kind, on_every_database};
use crate::support::http_client::{Answer, send};
use crate::support::output::OutputInTime as _;
use crate::support::people::TestService;
use crate::support::sign_in::SignIn;

on_every_database! { cookie_is_renewed_once_its_session_is_extended }

const SECRET: (&str, &str) = ("session.cookie_secrets", "a-secret-of-16-characters");

fn whoami(test: &TestService, cookie: &str) -> Answer {
    send(test.service.public, "GET", "/sessions/whoami", &[("Cookie", cookie.as_bytes())])
}

/// The name and the value of a `Set-Cookie` header.
fn pair(set_cookie: &str) -> String {
    set_cookie.split(';').next().unwrap().to_owned()
}

fn cookie_is_renewed_once_its_session_is_extended(kind: Kind) {
    let settings = [SECRET, ("session.cookie_same_site", "Strict"), ("session.cookie_path", "/a")];
    let test = TestService::start_on(kind, &settings);
    let answer = SignIn::new(Uuid::new_v4()).expires_in("1h".to_owned()).send(test.service.admin);
    let issued = answer.json();
    let cookie = pair(issued["session_cookie"].as_str().unwrap());
    assert!(!whoami(&test, &cookie).has("set-cookie"));

    let path = format!("/admin/sessions/{}/extend", issued["session"]["id"].as_str().unwrap());
    assert_eq!(send(test.service.admin, "PATCH", &path, &[]).status, 200);
    let by_token = issued["session_token"].as_str().unwrap().as_bytes();
    let token = [("X-Session-Token", by_token), ("Cookie", cookie.as_bytes())];
    assert!(!send(test.service.public, "GET", "/sessions/whoami", &token).has("set-cookie"));
    let list = send(test.service.public, "GET", "/sessions", &[("Cookie", cookie.as_bytes())]);
    assert!(!list.has("set-cookie"));

    let answer = whoami(&test, &cookie);
    let renewed = answer.header("set-cookie");
    assert!(renewed.contains("; Path=/a;") && renewed.contains("; SameSite=Strict"), "{renewed}");
    assert!(renewed.contains("; Max-Age=2592000"), "{renewed}");
    let again = whoami(&test, &pair(&renewed));
    assert_eq!(again.json()["id"], answer.json()["id"]);
    assert!(!again.has("set-cookie"), "a renewed cookie is as long as its session");
}

#[test]
fn gateway_is_told_how_long_a_session_may_be_cached() {
    let settings = [("session.cacheable", "true"), ("session.cacheable_max_age", "10m")];
    let test = TestService::start(&settings);
    for (lifespan, expected) in [("1h", "600"), ("90s", "90")] {
        let sign_in = SignIn::new(Uuid::new_v4()).expires_in(lifespan.to_owned());
        let token = sign_in.at(test.service.admin).token;
        let headers = [("X-Session-Token", token.as_bytes())];
        let answer = send(test.service.public, "GET", "/sessions/whoami", &headers);
        assert_eq!(answer.header("ory-session-cache-for"), expected);
    }
    let wrong = [("X-Session-Token", b"unknown-unknown-unknown-unknown".as_slice())];
    assert!(
        !send(test.service.public, "GET", "/sessions/whoami", &wrong).has("ory-session-cache-for")
    );
}

#[test]
fn cookies_of_all_sites_need_https() {
    let folder = tempfile::tempdir().unwrap();
    let output = crate::support::process::elsewhere(&folder, &["config"])
        .env("ELSEWHERE_SESSION__COOKIE_SAME_SITE", "None")
        .output_in_time();
    assert_eq!(output.status.code(), Some(2));
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(error.contains("session.cookie_same_site: expected \"Lax\" or \"Strict\""), "{error}");
}
