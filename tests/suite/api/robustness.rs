//! Hostile and malformed requests: a clear 4xx (or a success) without delay, and never a
//! 5xx.

use std::time::{Duration, Instant};

use proptest::prelude::*;
use serde_json::Value;

use crate::support::http_client::{Answer, get, send, send_bytes};
use crate::support::people::{TestService, person, session};

/// A service with one person who is signed in twice, and a valid token.
fn service() -> (TestService, String) {
    let test = TestService::start(&[("session.cookie_secrets", "a-secret-of-16-characters")]);
    let sessions = [session(1), session(2)];
    test.issue(&person(), &sessions);
    let token = sessions[0].token.expose().to_owned();
    (test, token)
}

fn assert_envelope(answer: &Answer, status: u16) {
    assert_eq!(answer.status, status, "{answer:?}");
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!(answer.json()["error"]["code"], Value::from(status), "{answer:?}");
    assert!(answer.json()["error"]["message"].is_string());
}

#[test]
fn malformed_credentials_are_refused() {
    let (test, _) = service();
    let long = "x".repeat(30_000);
    let long_cookie = format!("ory_kratos_session={long}");
    let thousand_cookies = "ory_kratos_session=eA==; ".repeat(1000);
    let cases: &[(&str, &[u8])] = &[
        ("X-Session-Token", b"\xff\xfe\x80"),
        ("X-Session-Token", "ünïcode".as_bytes()),
        ("X-Session-Token", b"'; DROP TABLE sessions; --"),
        ("X-Session-Token", long.as_bytes()),
        ("X-Session-Token", b"%"),
        ("Cookie", b"\xff\xfe\x80"),
        ("Cookie", b"ory_kratos_session=\xff\xfe"),
        ("Cookie", b"ory_kratos_session"),
        ("Cookie", b"ory_kratos_session="),
        ("Cookie", b"=;=;;;====;ory_kratos_session=%3D%3D%3D"),
        ("Cookie", long_cookie.as_bytes()),
        ("Cookie", thousand_cookies.as_bytes()),
        ("Authorization", b"\xff\xfe"),
        ("Authorization", b"Bearer"),
        ("Authorization", b"Bearer "),
        ("Authorization", b"Basic YTpi"),
        ("Authorization", b"bearer  two words"),
    ];
    for (name, value) in cases {
        let began = Instant::now();
        let answer = send(test.service.public, "GET", "/sessions", &[(name, value)]);
        assert_envelope(&answer, 401);
        assert!(began.elapsed() < Duration::from_secs(1), "{name}");
    }
}

#[test]
fn oversized_headers_are_refused() {
    let (test, _) = service();
    let huge = "x".repeat(33_000);
    let answer = send(test.service.public, "GET", "/sessions", &[("Cookie", huge.as_bytes())]);
    assert_eq!(answer.status, 431);
    let headers: Vec<(&str, &[u8])> = vec![("X-Header", b"x"); 1000];
    assert_eq!(send(test.service.public, "GET", "/sessions", &headers).status, 431);
}

#[test]
fn invalid_parameter_is_named() {
    let (test, token) = service();
    for (query, parameter) in [
        ("page_size=-1", "page_size"),
        ("page_size=1.5", "page_size"),
        ("page_size=0x10", "page_size"),
        ("page_size=+5", "page_size"),
        ("page_size=%ff", "page_size"),
        ("page_size=%", "page_size"),
        ("page_size=%zz", "page_size"),
        ("page_size=1&page_size=2", "page_size"),
        ("page_size=1&page%5Fsize=2", "page_size"),
        ("per_page=x&page_size=3", "per_page"),
        ("page=-1", "page"),
        ("page=two", "page"),
        ("page_token=x", "page_token"),
        ("page_token=%00", "page_token"),
        ("page_token=AQAAAA", "page_token"),
        ("page_token=a&page_token=a", "page_token"),
        ("expand=nonsense", "expand"),
        ("expand=identity&expand=nonsense", "expand"),
        ("expand=devices,nonsense", "expand"),
        ("expand=activity,", "expand"),
        ("expand=%ff", "expand"),
        ("ex%70and=nonsense", "expand"),
    ] {
        let answer = get(test.service.public, &format!("/sessions?{query}"), &token);
        assert_envelope(&answer, 400);
        let named = format!("The parameter '{parameter}' ");
        assert!(answer.reason().starts_with(&named), "{query}: {}", answer.reason());
    }
    let long = format!("/sessions?page_token={}", "A".repeat(20_000));
    assert_envelope(&get(test.service.public, &long, &token), 400);
}

#[test]
fn unknown_expand_names_the_known_ones_except_for_gateways() {
    let (test, token) = service();
    let answer = get(test.service.public, "/sessions?expand=nonsense", &token);
    assert_eq!(
        answer.reason(),
        "The parameter 'expand' must be identity, devices, device_labels or activity."
    );
    // Without a credential, nothing is said of the parameter.
    assert_envelope(&send(test.service.public, "GET", "/sessions?expand=nonsense", &[]), 401);
    // Gateways ask whoami with the query of their own client, whose `expand` is the app's.
    for query in ["expand=nonsense", "expand=nonsense&expand=activity", "expand=identity"] {
        let answer = get(test.service.public, &format!("/sessions/whoami?{query}"), &token);
        assert_eq!(answer.status, 200, "{query}");
        let has_activity = answer.json().get("last_active_at").is_some();
        assert_eq!(has_activity, query.contains("activity"), "{query}");
    }
}

#[test]
fn unusual_but_valid_queries_are_answered() {
    let (test, token) = service();
    for query in [
        "page_size=99999999999999999999",
        "page_size=0",
        "page_size=",
        "page_token=",
        "page=99999999999999999999&per_page=1000",
        "page=18446744073709551615",
        "&&&=&",
        "expand=&unknown=%ff%&unknown=",
        "expand=identity&expand=devices",
        "expand=Identity,%20activity&expand=device_labels",
        "page%5fsize=1",
    ] {
        let answer = get(test.service.public, &format!("/sessions?{query}"), &token);
        assert_eq!(answer.status, 200, "{query}: {}", answer.body);
    }
}

#[test]
fn unknown_routes_and_methods_get_the_error_envelope() {
    let (test, token) = service();
    for path in ["/", "/sessions/", "/Sessions", "/admin/sessions", "/%ff", "/..%2f"] {
        assert_envelope(&get(test.service.public, path, &token), 404);
    }
    for method in ["POST", "PUT", "PATCH", "TRACE", "OPTIONS", "BREW"] {
        let answer = send(test.service.public, method, "/health/alive", &[]);
        assert_envelope(&answer, 405);
        assert_eq!(answer.header("allow"), "GET,HEAD");
    }
}

#[test]
fn bytes_that_are_not_http_get_400_and_do_not_affect_others() {
    let (test, token) = service();
    for bytes in [
        &b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n"[..],
        b"GET\r\n\r\n",
        b"GET /\xff HTTP/1.1\r\n\r\n",
        b"\xff\xfe\xfd\r\n\r\n",
    ] {
        assert_eq!(send_bytes(test.service.public, bytes).status, 400, "{bytes:?}");
    }
    assert_eq!(get(test.service.public, "/sessions", &token).status, 200);
}

#[test]
fn cors_headers_are_sent_to_allowed_origins_only() {
    let test = TestService::start(&[(
        "cors.allowed_origins",
        "https://app.example.org,https://b.example,https://*.tenants.example:8443",
    )]);
    for (origin, allowed) in [
        ("https://app.example.org", true),
        ("https://b.example", true),
        ("https://one.tenants.example:8443", true),
        ("https://a.one.tenants.example:8443", true),
        ("https://tenants.example:8443", false),
        ("https://one.tenants.example", false),
        ("http://one.tenants.example:8443", false),
        ("https://onetenants.example:8443", false),
        ("https://app.example.org.evil.example", false),
        ("http://app.example.org", false),
        ("null", false),
        ("*", false),
    ] {
        let answer =
            send(test.service.public, "GET", "/sessions", &[("Origin", origin.as_bytes())]);
        assert_eq!(answer.status, 401);
        let marked = answer.header("access-control-allow-origin");
        assert_eq!(marked, if allowed { origin } else { "" });
        assert_eq!(answer.has("access-control-allow-credentials"), allowed);
        assert!(answer.header("vary").contains("Origin"));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn no_query_causes_a_server_error(query in "[!-~&&[^#]]{0,200}") {
        thread_local! { static SERVICE: (TestService, String) = service(); }
        SERVICE.with(|(test, token)| {
            let answer = get(test.service.public, &format!("/sessions?{query}"), token);
            prop_assert!(answer.status == 200 || answer.status == 400, "{answer:?}");
            Ok(())
        })?;
    }

    #[test]
    fn no_credential_causes_a_server_error(value in prop::collection::vec(0x20..=0xff_u8, 0..300)) {
        thread_local! { static SERVICE: (TestService, String) = service(); }
        let value: Vec<_> = value.into_iter().filter(|byte| *byte != 0x7f).collect();
        let cookie = [b"ory_kratos_session=", value.as_slice()].concat();
        SERVICE.with(|(test, _)| {
            for (name, value) in [("X-Session-Token", &value), ("Cookie", &cookie), ("Authorization", &value)] {
                let answer = send(test.service.public, "GET", "/sessions", &[(name, value)]);
                prop_assert_eq!(answer.status, 401);
            }
            Ok(())
        })?;
    }
}
