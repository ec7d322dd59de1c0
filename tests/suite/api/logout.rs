//! Signing out of the current session: by a link for browsers, by a call for apps.

use serde_json::json;

use crate::support::databases::{Kind, on_every_database};
use crate::support::http_client::{Answer, get, send, send_json};
use crate::support::kratos;
use crate::support::people::{TestService, person, session};

on_every_database! {
    app_signs_out_by_its_token,
    browser_signs_out_by_the_link_that_it_asked_for,
    beside_kratos_only_kratos_signs_out,
}

const COOKIE_SECRETS: (&str, &str) = ("session.cookie_secrets", "a-secret-of-16-characters");
const LINK: &str = "/self-service/logout/browser";
const BY_TOKEN: &str = "/self-service/logout/api";
const SETTINGS: [(&str, &str); 2] =
    [COOKIE_SECRETS, ("ui.allowed_return_urls", "https://app.example.org/home")];

fn by_token(test: &TestService, body: &str) -> Answer {
    send_json(test.service.public, "DELETE", BY_TOKEN, &[], body)
}

fn with_cookie(test: &TestService, path: &str, cookie: &str) -> Answer {
    send(test.service.public, "GET", path, &[("Cookie", cookie.as_bytes())])
}

/// The path of the link for signing out that a browser receives.
fn link(test: &TestService, query: &str, cookie: &str) -> String {
    let answer = with_cookie(test, &format!("{LINK}{query}"), cookie);
    assert_eq!(answer.status, 200, "{}", answer.body);
    let link = answer.json();
    let url = link["logout_url"].as_str().unwrap();
    assert!(url.contains(link["logout_token"].as_str().unwrap()));
    url[url.find("/self-service").unwrap()..].to_owned()
}

fn app_signs_out_by_its_token(kind: Kind) {
    let test = TestService::start_on(kind, &[]);
    let sessions = [session(1), session(2)];
    test.issue(&person(), &sessions);
    let [here, other] = sessions.each_ref().map(|issued| issued.token.expose());
    let replica = test.another_replica();
    let body = json!({"session_token": here}).to_string();
    for _ in 0..2 {
        let answer = by_token(&test, &body);
        assert_eq!((answer.status, answer.body.as_str()), (204, ""));
        for listener in [test.service.public, replica.public] {
            assert_eq!(get(listener, "/sessions/whoami", here).status, 401);
            assert_eq!(get(listener, "/sessions/whoami", other).status, 200);
        }
    }
    for unknown in ["ory_st_nobody's", "", "two words"] {
        let answer = by_token(&test, &json!({"session_token": unknown}).to_string());
        let reason = "The provided Ory Session Token could not be found, is invalid, or otherwise \
                      malformed.";
        assert_eq!((answer.status, answer.reason().as_str()), (403, reason));
    }
    for body in ["", "{}", "[]", r#"{"session_token":1}"#, r#"{"session_token":"a","b":1}"#] {
        assert_eq!(by_token(&test, body).status, 400, "{body}");
    }
    let large = json!({"session_token": "x".repeat(20_000)}).to_string();
    assert_eq!(by_token(&test, &large).status, 413);
}

fn browser_signs_out_by_the_link_that_it_asked_for(kind: Kind) {
    let test = TestService::start_on(kind, &SETTINGS);
    let sessions = [session(1), session(2)];
    test.issue(&person(), &sessions);
    let [here, other] = sessions.each_ref().map(|issued| test.cookie(issued));
    let link = link(&test, "?return_to=https%3A%2F%2Fapp.example.org%2Fhome%2Fbye%3Fa%3Db", &here);

    // Neither another session nor another token signs out.
    assert_eq!(with_cookie(&test, &link, &other).status, 403);
    assert_eq!(with_cookie(&test, "/self-service/logout?token=AAAA", &here).status, 403);
    assert_eq!(with_cookie(&test, "/self-service/logout", &here).status, 400);
    for session in &sessions {
        assert_eq!(
            get(test.service.public, "/sessions/whoami", session.token.expose()).status,
            200
        );
    }

    for _ in 0..2 {
        let answer = with_cookie(&test, &link, &here);
        let home = "https://app.example.org/home/bye?a=b";
        assert_eq!((answer.status, answer.header("location").as_str()), (303, home));
        let removal = answer.header("set-cookie");
        let (name, _) = here.split_once('=').unwrap();
        assert!(
            removal.starts_with(&format!("{name}=; HttpOnly; SameSite=Lax; Path=/; Max-Age=0; "))
        );
    }
    assert_eq!(with_cookie(&test, "/sessions/whoami", &here).status, 401);
    assert_eq!(with_cookie(&test, LINK, &here).status, 401);
    assert_eq!(with_cookie(&test, "/sessions/whoami", &other).status, 200);
}

/// The removal of a cookie has the attributes of the cookie, without which it would stay.
#[test]
fn cookie_is_removed_with_its_own_attributes() {
    let test = TestService::start(&[
        COOKIE_SECRETS,
        ("server.base_url", "https://app.example.org/auth/"),
        ("session.cookie_domain", "example.org"),
        ("session.cookie_path", "/auth"),
        ("session.cookie_same_site", "Strict"),
    ]);
    let here = session(1);
    test.issue(&person(), std::slice::from_ref(&here));
    let cookie = test.cookie(&here);
    let link = link(&test, "", &cookie);
    let accept = [("Cookie", cookie.as_bytes()), ("Accept", b"application/json".as_slice())];
    let answer = send(test.service.public, "GET", &link, &accept);
    assert_eq!((answer.status, answer.has("location")), (204, false));
    let removal = answer.header("set-cookie");
    for attribute in ["HttpOnly", "Secure", "SameSite=Strict", "Path=/auth", "Domain=example.org"] {
        assert!(removal.split("; ").any(|one| one == attribute), "{attribute}: {removal}");
    }
}

#[test]
fn people_are_sent_to_allowed_urls_only() {
    let test = TestService::start(&SETTINGS);
    let here = session(1);
    test.issue(&person(), std::slice::from_ref(&here));
    let cookie = test.cookie(&here);
    for (return_to, is_allowed) in [
        ("https://app.example.org/home", true),
        ("https://app.example.org/home/a", true),
        ("/ui/sessions", true),
        ("https://app.example.org/homes", false),
        ("https://app.example.org/", false),
        ("https://evil.example/", false),
        ("//evil.example/", false),
        ("/\\evil.example/", false),
        ("https:evil.example", false),
        ("https://app.example.org%40evil.example/home", false),
        ("https://user@app.example.org/home", false),
        ("javascript:alert(1)", false),
        ("\u{1}", true),
    ] {
        let encoded: String = form_urlencoded::byte_serialize(return_to.as_bytes()).collect();
        let answer = with_cookie(&test, &format!("{LINK}?return_to={encoded}"), &cookie);
        assert_eq!(answer.status, if is_allowed { 200 } else { 400 }, "{return_to:?}");
        let path = format!("/self-service/logout?token=AAAA&return_to={encoded}");
        let answer = with_cookie(&test, &path, "none=");
        assert_eq!(answer.status, if is_allowed { 303 } else { 400 }, "{return_to:?}");
    }
    // Without a place to go to, people go home.
    let link = link(&test, "", &cookie);
    let answer = with_cookie(&test, &link, &cookie);
    assert!(answer.header("location").ends_with("/ui/sessions"));
}

#[test]
fn event_and_audit_record_say_that_the_person_signed_out() {
    let test = TestService::start(&[]);
    let here = session(1);
    test.issue(&person(), std::slice::from_ref(&here));
    let body = json!({"session_token": here.token.expose()}).to_string();
    assert_eq!(by_token(&test, &body).status, 204);
    let events =
        send(test.service.admin, "GET", "/admin/events?type=session.revoked&wait=20s", &[]);
    let events = events.json();
    let data = &events["events"][0]["data"];
    let id = here.session.id.to_string();
    assert_eq!(data["session_id"], id.as_str());
    assert_eq!(data["cause"], "user");
    assert_eq!(data["actor"]["session_id"], id.as_str());
}

fn beside_kratos_only_kratos_signs_out(kind: Kind) {
    let database = kratos::restore(kind);
    let service = kratos::service(&database, "aal1");
    let token = json!({"session_token": "ory_st_x"}).to_string();
    for answer in [
        send_json(service.public, "DELETE", BY_TOKEN, &[], &token),
        send(service.public, "GET", "/self-service/logout?token=x", &[]),
    ] {
        assert_eq!(answer.status, 404);
        assert!(answer.reason().starts_with("Kratos does this"), "{}", answer.body);
    }
}
