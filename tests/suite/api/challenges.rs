//! 401 names the scheme of the credential that is missing (RFC 9110 §11.6.1), and no other
//! response does.

use crate::support::http_client::send;
use crate::support::people::{TestService, person, session};

const CHALLENGE: &str = "Bearer realm=\"elsewhere\"";

#[test]
fn every_401_has_a_challenge() {
    let test = TestService::start(&[
        ("admin.tokens", "a-token-of-operators"),
        ("session.cookie_secrets", "a-secret-of-16-characters"),
        ("session.cacheable", "true"),
        ("session.cacheable_max_age", "10m"),
        ("cors.allowed_origins", "https://app.example.org"),
    ]);
    let here = session(1);
    test.issue(&person(), std::slice::from_ref(&here));
    let token = here.token.expose().as_bytes();
    let (public, admin) = (test.service.public, test.service.admin);
    let one = format!("/sessions/{}", here.session.id);
    for (to, method, path, headers, status) in [
        (public, "GET", "/sessions", &[][..], 401),
        (public, "GET", "/sessions", &[("X-Session-Token", &b"wrong"[..])], 401),
        (public, "GET", "/sessions", &[("Authorization", b"Bearer wrong")], 401),
        (public, "GET", "/sessions", &[("Authorization", b"Basic YTpi")], 401),
        (public, "GET", "/sessions", &[("Cookie", b"ory_kratos_session=wrong")], 401),
        (public, "GET", "/sessions", &[("Origin", b"https://app.example.org")], 401),
        (public, "DELETE", "/sessions", &[], 401),
        (public, "DELETE", one.as_str(), &[], 401),
        (public, "GET", "/sessions/whoami", &[], 401),
        (public, "HEAD", "/sessions/whoami", &[], 401),
        (public, "POST", "/sessions/whoami", &[("Content-Length", b"0")], 401),
        (public, "GET", "/ui/sessions", &[], 401),
        (admin, "GET", "/admin/sessions", &[], 401),
        (admin, "GET", "/admin/sessions", &[("Authorization", b"Bearer wrong")], 401),
        (admin, "DELETE", "/admin/sessions/x", &[], 401),
        (public, "GET", "/sessions", &[("X-Session-Token", token)], 200),
        (public, "DELETE", one.as_str(), &[("X-Session-Token", token)], 400),
        (public, "GET", "/nowhere", &[], 404),
        (public, "PUT", "/sessions", &[], 405),
        (
            admin,
            "GET",
            "/admin/sessions",
            &[("Authorization", b"Bearer a-token-of-operators")],
            200,
        ),
    ] {
        let answer = send(to, method, path, headers);
        assert_eq!(answer.status, status, "{method} {path} {answer:?}");
        let challenge = if status == 401 { CHALLENGE } else { "" };
        assert_eq!(answer.header("www-authenticate"), challenge, "{method} {path}");
    }
}
