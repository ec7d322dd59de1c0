//! Servers that answer the same.

use std::sync::atomic::{AtomicBool, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::cli::compare::fixture::{compare, compare_at, credentials, run, url};
use crate::cli::compare::stub::{Stub, answer};
use crate::support::databases::Kind;
use crate::support::kratos;

#[test]
fn service_and_its_replica_answer_every_question_the_same() {
    let database = kratos::restore(Kind::Sqlite);
    let (one, other) = (kratos::service(&database, "aal1"), kratos::service(&database, "aal1"));
    let credentials = credentials(&kratos::exchanges(Kind::Sqlite));
    let number = credentials.lines().count();
    assert!(number > 10);
    let origin = ["--origin", "http://127.0.0.1:4455", "--verbose"];
    let compared = compare(one.public, other.public, &credentials, &origin);
    assert_eq!((compared.code, compared.error.as_str()), (Some(0), ""), "{compared:#?}");
    let questions = 5 + 6 * number;
    assert_eq!(compared.summary(), format!("{questions} questions, {questions} same, 0 differ"));
    assert_eq!(compared.known(), [""; 0]);
    assert!(compared.has("same    GET /sessions/whoami (no credential)"), "{compared:#?}");
    assert!(compared.has("same    OPTIONS /sessions (no credential, with Origin)"));
    assert!(compared.lines.iter().any(|line| line.starts_with("same    HEAD /sessions/whoami (")));
}

#[test]
fn credentials_come_from_standard_input_or_a_file() {
    let stub = Stub::json("{}");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("credentials");
    std::fs::write(&file, "# ana\n\ntoken ory_st_of_ana\n").unwrap();
    for (arguments, input) in [
        (&["--credentials", file.to_str().unwrap()] as &[_], ""),
        (&["--credentials", "-"], "token ory_st_of_ana"),
        (&[], "token ory_st_of_ana"),
    ] {
        let compared = compare(&stub, &stub, input, arguments);
        assert_eq!(compared.summary(), "8 questions, 8 same, 0 differ", "{compared:#?}");
        assert_eq!(compared.code, Some(0));
    }
}

#[test]
fn path_of_a_url_is_a_prefix_of_every_question() {
    let stub = Stub::start(|head| {
        let status = if head.contains(" /kratos/sessions") { "200 OK" } else { "404 Not Found" };
        answer(status, &[], "{}")
    });
    let base = format!("http://{stub}/kratos");
    let compared = compare_at(&base, &format!("{base}/"), "bearer ory_st_of_ana", &[]);
    assert_eq!(compared.code, Some(0));
    assert_eq!(compare_at(&base, &url(&stub), "bearer ory_st_of_ana", &[]).code, Some(1));
}

#[test]
fn difference_that_is_gone_when_asked_again_is_none() {
    let is_first = AtomicBool::new(true);
    let changing = Stub::start(move |head| {
        let is_list = head.starts_with("GET /sessions HTTP") && head.contains("ory_st_of_ana");
        let is_changed = is_list && is_first.swap(false, Ordering::Relaxed);
        answer("200 OK", &[], if is_changed { r#"{"a":1}"# } else { r#"{"a":2}"# })
    });
    let steady = Stub::start(|_| answer("200 OK", &[], r#"{"a":2}"#));
    let compared = compare(changing, steady, "token ory_st_of_ana", &[]);
    assert_eq!(compared.code, Some(0), "{compared:#?}");
}

#[test]
fn form_of_an_answer_means_nothing() {
    let one = r#"{"issued_at":"2026-11-23T09:35:06.500Z","n":1.50,"a":{"x":1,"y":[]}}"#;
    let other =
        r#"{ "a": {"y": [], "x": 1}, "n": 1.5, "issued_at": "2026-11-23T10:35:06.5+01:00" }"#;
    let compared = compare(Stub::json(one), Stub::json(other), "token ory_st_of_ana", &[]);
    assert_eq!(compared.code, Some(0), "{compared:#?}");
}

/// A session with a JWT, as one of two servers signs it at its own time.
fn session_with_jwt(kid: &str, issued: i64, email: &str) -> String {
    let encode = |json: Value| URL_SAFE_NO_PAD.encode(json.to_string());
    let header = encode(json!({"alg": "ES256", "kid": kid, "typ": "JWT"}));
    let claims = json!({
        "jti": issued.to_string(), "iat": issued, "nbf": issued, "exp": issued + 60,
        "email": email, "iss": "https://accounts.example.org/",
    });
    let signature = URL_SAFE_NO_PAD.encode(issued.to_string());
    json!({"id": "a", "tokenized": format!("{header}.{}.{signature}", encode(claims))}).to_string()
}

#[test]
fn jwts_are_compared_by_what_they_say() {
    let compared = |other: String| {
        let kratos = Stub::json(session_with_jwt("key-1", 100, "ana@example.org"));
        compare(kratos, Stub::json(other), "token ory_st_of_ana", &["--template", "jwt"])
    };
    let same = compared(session_with_jwt("key-1", 107, "ana@example.org"));
    assert_eq!(same.code, Some(0), "{same:#?}");
    let other = compared(session_with_jwt("key-2", 107, "eve@example.org"));
    assert_eq!(other.code, Some(1));
    assert_eq!(
        other.below("DIFFERS GET /sessions/whoami?tokenize_as=jwt (token 1)"),
        ["body /tokenized/claims/email: differs", "body /tokenized/header/kid: differs"]
    );
    let shown = other.lines.join("\n");
    assert!(!shown.contains("example.org") && !shown.contains("key-"), "{shown}");
}

#[test]
fn help_says_where_credentials_go_and_that_nothing_is_changed() {
    let help = run(&["compare", "--help"], "").lines.join(" ");
    for part in ["never from arguments", "only read", "both are asked again", "cookie ory_kratos"] {
        assert!(help.contains(part), "{part}: {help}");
    }
}
