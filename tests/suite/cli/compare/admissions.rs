//! Credentials that nobody accepts: a comparison without an accepted one proves nothing.

use serde_json::Value;

use crate::cli::compare::fixture::{Compared, compare};
use crate::cli::compare::stub::{MARK, Stub, answer};
use crate::support::databases::{Database, Kind};
use crate::support::kratos;
use crate::support::service::Service;

const NOBODY: &str =
    "elsewhere: nothing was compared: no credential is accepted by either server\n";

/// Two replicas beside one database, under one `required_aal`.
fn replicas(level: &str) -> (Database, [Service; 2]) {
    let database = kratos::restore(Kind::Sqlite);
    let services = [kratos::service(&database, level), kratos::service(&database, level)];
    (database, services)
}

fn compare_replicas(level: &str, credentials: &str, arguments: &[&str]) -> Compared {
    let (_database, [one, other]) = replicas(level);
    compare(one.public, other.public, credentials, arguments)
}

fn token(person: &str, nth: usize) -> String {
    let token: &Value = &kratos::settings(Kind::Sqlite)["credentials"][person][nth]["token"];
    token.as_str().unwrap().to_owned()
}

/// The lines that begin with `note: `.
fn notes(compared: &Compared) -> Vec<&str> {
    compared.lines.iter().filter_map(|line| line.strip_prefix("note: ")).collect()
}

#[test]
fn only_refused_credentials_are_no_comparison() {
    let bogus = "# ana\ntoken ory_st_bogus_bogus\n\ncookie ory_kratos_session=bogus_bogus\n";
    let compared = compare_replicas("aal1", bogus, &[]);
    assert_eq!((compared.code, compared.error.as_str()), (Some(1), NOBODY), "{compared:#?}");
    assert_eq!(compared.summary(), "12 questions, 12 same, 0 differ");
    assert!(compared.has("same    401 GET /sessions/whoami (token, line 2)"), "{compared:#?}");
    assert_eq!(
        notes(&compared),
        [
            "the credential (token, line 2) admits nobody on either side",
            "the credential (cookie, line 4) admits nobody on either side"
        ]
    );
}

#[test]
fn each_kind_of_refused_credential_is_none() {
    let not_a_cookie = "cookie other_cookie=bogus_bogus; theme=dark";
    let with_inactive_identity = format!("token {}", token("dee", 0));
    for credentials in [
        "bearer ory_st_bogus_bogus",
        "Authorization: Bearer ory_st_bogus_bogus",
        not_a_cookie,
        &with_inactive_identity,
    ] {
        let compared = compare_replicas("aal1", credentials, &["--template", "nobody"]);
        assert_eq!((compared.code, compared.error.as_str()), (Some(1), NOBODY), "{credentials}");
        assert_eq!(notes(&compared).len(), 1, "{compared:#?}");
    }
}

#[test]
fn one_accepted_credential_is_enough() {
    let credentials = format!("# nobody\ntoken ory_st_bogus_bogus\ntoken {}", token("ana", 1));
    let compared = compare_replicas("aal1", &credentials, &[]);
    assert_eq!((compared.code, compared.error.as_str()), (Some(0), ""), "{compared:#?}");
    assert!(compared.has("same    200 GET /sessions/whoami (token, line 3)"), "{compared:#?}");
    assert_eq!(notes(&compared), ["the credential (token, line 2) admits nobody on either side"]);
}

#[test]
fn credential_without_its_second_factor_is_accepted() {
    let credentials = kratos::settings(Kind::Sqlite)["credentials"]["bob"].clone();
    let tokens = credentials.as_array().unwrap().iter().filter_map(|it| it["token"].as_str());
    let mut is_asked_for = false;
    for token in tokens {
        let compared = compare_replicas("highest_available", &format!("token {token}"), &[]);
        assert_eq!((compared.code, notes(&compared).len()), (Some(0), 0), "{compared:#?}");
        is_asked_for |= compared.has("same    403 GET /sessions/whoami (token, line 1)");
    }
    assert!(is_asked_for);
}

#[test]
fn credential_of_one_server_only_is_no_comparison() {
    let refusal = r#"{"error":{"code":401}}"#;
    let kratos = Stub::foreign("401 Unauthorized", refusal);
    let other = Stub::start(move |head| {
        let is_admitted = head.contains("%3D");
        let (status, body) =
            if is_admitted { ("200 OK", "{}") } else { ("401 Unauthorized", refusal) };
        answer(status, &[("content-type", "application/json"), MARK], body)
    });
    let compared = compare(kratos, other, "Cookie: s=secret-secret%3D", &[]);
    let expected = "nothing was compared: no credential is accepted by both servers";
    assert_eq!(compared.error, format!("elsewhere: {expected}\n"), "{compared:#?}");
    assert_eq!((compared.code, notes(&compared).len()), (Some(1), 0));
    assert!(compared.has("same    401/200 GET /sessions/whoami (cookie, line 1)"), "{compared:#?}");
    assert!(compared.has("known: 2 deliberate differences; --verbose lists them"));
}
