//! Pages of other origins, those of apps and extensions among them: CORS, forms and deletes.

use elsewhere::config::{AllowedOrigin, Config};

use crate::support::http_client::{get, send};
use crate::support::people::{TestService, person, session};

const APPS: [&str; 10] = [
    "capacitor://localhost",
    "ionic://localhost",
    "tauri://localhost",
    "app://-",
    "app://example",
    "app://localhost:3000",
    "chrome-extension://abcdefghijklmnopabcdefghijklmnop",
    "moz-extension://2c127fa4-62c7-7e4f-90e5-472b45eecfdc",
    "safari-web-extension://2C127FA4-62C7-7E4F-90E5-472B45EECFDC",
    "http://localhost",
];

/// Origins that resemble the allowed ones.
const OTHERS: [&str; 8] = [
    "null",
    "capacitor://other",
    "capacitor://localhost:80",
    "capacitor://localhost.evil.example",
    "https://localhost",
    "http://localhost:8100",
    "chrome-extension://ponmlkjihgfedcbaponmlkjihgfedcba",
    "safari-web-extension://2c127fa4-62c7-7e4f-90e5-472b45eecfdc",
];

const SECRET: (&str, &str) = ("session.cookie_secrets", "a-secret-of-16-characters");

#[test]
fn app_may_read_delete_and_send_forms_if_its_origin_is_allowed() {
    let test = TestService::start(&[SECRET, ("cors.allowed_origins", &APPS.join(","))]);
    let sessions: Vec<_> = (0..40).map(session).collect();
    test.issue(&person(), &sessions);
    let cookie = test.cookie(&sessions[0]);
    let mut others = sessions[1..].iter();
    let origins = APPS.map(|origin| (origin, true)).into_iter();
    for (origin, allowed) in origins.chain(OTHERS.map(|origin| (origin, false))) {
        let headers: &[(&str, &[u8])] = &[
            ("Origin", origin.as_bytes()),
            ("Sec-Fetch-Site", b"cross-site"),
            ("Cookie", cookie.as_bytes()),
        ];
        let answer = send(test.service.public, "GET", "/sessions", headers);
        let marked = answer.header("access-control-allow-origin");
        assert_eq!(marked, if allowed { origin } else { "" });
        assert_eq!(answer.has("access-control-allow-credentials"), allowed, "{origin}");

        let mut ended = || others.next().unwrap();
        let (deleted, signed_out) = (ended(), ended());
        let path = format!("/sessions/{}", deleted.session.id);
        let answer = send(test.service.public, "DELETE", &path, headers);
        assert_eq!(answer.status, if allowed { 204 } else { 403 }, "{origin}");
        let path = format!("/ui/sessions/{}/sign-out", signed_out.session.id);
        let form = [headers, &[("Content-Length", b"0")]].concat();
        let answer = send(test.service.public, "POST", &path, &form);
        assert_eq!(answer.status, if allowed { 303 } else { 403 }, "{origin}");
        for ended in [deleted, signed_out] {
            let whoami = get(test.service.public, "/sessions/whoami", ended.token.expose());
            assert_eq!(whoami.status == 401, allowed, "{origin}");
        }
    }
}

fn load(key: &str, value: &str) -> Result<Config, String> {
    let variables = [(key.to_owned(), value.to_owned())].into();
    Config::load(None, &variables).map_err(|error| error.to_string())
}

#[test]
fn only_exact_origins_can_be_allowed() {
    for origin in APPS {
        let config = load("ELSEWHERE_CORS__ALLOWED_ORIGINS", origin).unwrap();
        let expected = AllowedOrigin::Exact(origin.parse().unwrap());
        assert_eq!(config.cors.allowed_origins, [expected]);
    }
    for wrong in [
        "null",
        "capacitor:",
        "capacitor://",
        "capacitor://localhost/",
        "capacitor://localhost/index.html",
        "capacitor://user@localhost",
        "capacitor://localhost?x",
        "capacitor://localhost#x",
        "capacitor://*",
        "Capacitor://localhost",
        "chrome-extension://*",
        "file://",
        "file:///",
        "file://host",
        "data:text/html,x",
        "about:blank",
        "blob:https://a.example/x",
        "ws://a.example",
        "localhost",
    ] {
        let error = load("ELSEWHERE_CORS__ALLOWED_ORIGINS", wrong).unwrap_err();
        assert!(error.starts_with("cors.allowed_origins[0]: expected "), "{wrong}: {error}");
    }
}

const ALWAYS_ALLOWED: [&str; 8] = [
    "authorization",
    "baggage",
    "content-type",
    "sentry-trace",
    "traceparent",
    "tracestate",
    "x-request-id",
    "x-session-token",
];

#[test]
fn preflight_allows_headers_of_tracing_and_those_of_the_setting() {
    for (setting, additional) in [
        ("", &[][..]),
        ("X-App-Version", &["x-app-version"]),
        ("x-b,X-A,x-b,Traceparent", &["x-a", "x-b"]),
    ] {
        let origin = ("cors.allowed_origins", "https://app.example.org");
        let mut settings = vec![origin];
        if !setting.is_empty() {
            settings.push(("cors.allowed_headers", setting));
        }
        let test = TestService::start(&settings);
        let preflight = |path: &str, origin: &[u8]| {
            let headers: &[(&str, &[u8])] = &[
                ("Origin", origin),
                ("Access-Control-Request-Method", b"GET"),
                ("Access-Control-Request-Headers", b"sentry-trace,x-a"),
            ];
            send(test.service.public, "OPTIONS", path, headers)
        };
        for path in ["/sessions", "/sessions/whoami"] {
            let answer = preflight(path, b"https://app.example.org");
            let allowed = answer.header("access-control-allow-headers");
            let mut expected = [&ALWAYS_ALLOWED, additional].concat();
            expected.sort_unstable();
            assert_eq!(allowed.split(", ").collect::<Vec<_>>(), expected, "{setting}");
            let answer = preflight(path, b"https://evil.example");
            assert!(!answer.has("access-control-allow-headers"));
        }
    }
    for wrong in ["*", "a b", "x:", "\u{fc}"] {
        let error = load("ELSEWHERE_CORS__ALLOWED_HEADERS", wrong).unwrap_err();
        let begins = "cors.allowed_headers: expected the name of a header";
        assert!(error.starts_with(begins), "{wrong}: {error}");
    }
}

#[test]
fn scripts_can_read_the_headers_that_they_need() {
    let test = TestService::start(&[("cors.allowed_origins", "capacitor://localhost")]);
    let answer =
        send(test.service.public, "GET", "/sessions", &[("Origin", b"capacitor://localhost")]);
    let exposed = answer.header("access-control-expose-headers");
    for name in ["Link", "Retry-After", "X-Request-Id", "X-Total-Count"] {
        assert!(exposed.split(", ").any(|exposed| exposed == name), "{name}: {exposed}");
    }
}
