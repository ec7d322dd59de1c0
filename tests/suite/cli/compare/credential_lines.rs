//! Lines of the credentials, among them headers as developer tools copy them.

use crate::cli::compare::fixture::{compare, run};
use crate::support::databases::Kind;
use crate::support::kratos;

#[test]
fn copied_headers_admit_their_session() {
    let database = kratos::restore(Kind::Sqlite);
    let (one, other) = (kratos::service(&database, "aal1"), kratos::service(&database, "aal1"));
    let ana = kratos::settings(Kind::Sqlite)["credentials"]["ana"].clone();
    let token = ana[1]["token"].as_str().unwrap();
    let cookie = format!("ory_kratos_session={}", ana[0]["cookie"].as_str().unwrap());
    let lines = [
        ("token", format!("Token {token}")),
        ("token", format!("TOKEN\t{token}")),
        ("token", format!("token: {token}")),
        ("token", format!("X-Session-Token: {token}")),
        ("token", format!("x-session-token:{token}")),
        ("bearer", format!("Bearer {token}")),
        ("bearer", format!("BEARER: {token}")),
        ("bearer", format!("Authorization: Bearer {token}")),
        ("bearer", format!("authorization: bearer {token}")),
        ("bearer", format!("Authorization bearer  {token}")),
        ("cookie", format!("Cookie: {cookie}")),
        ("cookie", format!("cookie: theme=dark; {cookie}; language=de")),
        ("cookie", format!("Cookie {cookie}")),
        ("cookie", format!("  COOKIE:{cookie}\r")),
    ];
    let text: Vec<_> = lines.iter().map(|(_, line)| line.as_str()).collect();
    let compared = compare(one.public, other.public, &text.join("\n"), &[]);
    assert_eq!((compared.code, compared.error.as_str()), (Some(0), ""), "{compared:#?}");
    for (number, (kind, line)) in (1..).zip(&lines) {
        let expected = format!("same    200 GET /sessions/whoami ({kind}, line {number})");
        assert!(compared.has(&expected), "{line}: {compared:#?}");
    }
}

#[test]
fn other_headers_are_refused_without_their_value() {
    for line in [
        "Authorization: Basic c2VjcmV0LXNlY3JldA==",
        "Authorization: secret-secret",
        "Authorization: Bearer secret-secret two",
        "Set-Cookie: s=secret-secret",
        "Cookie: secret-secret",
        "Cookie:",
        "X-Session-Token: secret-secret two",
        "X-Session-Token:",
        "X-Auth-Token: secret-secret",
        "secret=secret-secret",
        ": secret-secret",
    ] {
        let input = format!("# one\n\nX-Session-Token: a\n{line}");
        let compared = run(&["compare", "--kratos", "http://127.0.0.1:1/"], &input);
        let begins = "elsewhere: --credentials: line 4: expected `token TOKEN`, ";
        assert!(compared.error.starts_with(begins), "{line}: {compared:#?}");
        assert_eq!((compared.code, compared.error.lines().count()), (Some(2), 1));
        assert!(!compared.error.contains("secret"), "{}", compared.error);
    }
}
