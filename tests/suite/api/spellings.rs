//! Other spellings: texts that are equal under a collation are still different.

use crate::support::databases::{Kind, on_every_database};
use crate::support::http_client::{get, send};
use crate::support::kratos;
use crate::support::people::{TestService, json, person, session};

on_every_database! {
    token_in_other_letter_case_is_refused_beside_kratos,
    token_in_other_letter_case_is_refused,
    email_address_in_other_letter_case_is_the_same_address,
}

fn swapped(text: &str) -> String {
    let swap =
        |c: char| if c.is_lowercase() { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() };
    text.chars().map(swap).collect()
}

/// The token with its case swapped, in lower and upper case, and with one letter swapped.
fn spellings(token: &str) -> Vec<String> {
    let last = token.rfind(|c: char| c.is_ascii_alphabetic()).unwrap();
    let one = format!("{}{}{}", &token[..last], swapped(&token[last..=last]), &token[last + 1..]);
    vec![swapped(token), token.to_lowercase(), token.to_uppercase(), one]
}

fn token_in_other_letter_case_is_refused_beside_kratos(kind: Kind) {
    let database = kratos::restore(kind);
    let service = kratos::service(&database, "aal1");
    let settings = kratos::settings(kind);
    let sessions = settings["credentials"]["ana"].as_array().unwrap();
    let token = sessions.iter().find_map(|session| session["token"].as_str()).unwrap();
    for other in spellings(token) {
        for (method, path) in
            [("GET", "/sessions"), ("GET", "/sessions/whoami"), ("DELETE", "/sessions")]
        {
            let headers = [("X-Session-Token", other.as_bytes())];
            assert_eq!(send(service.public, method, path, &headers).status, 401, "{path} {other}");
        }
    }
    assert!(!get(service.public, "/sessions", token).ids().is_empty());
}

/// Our own tables compare tokens byte by byte, unless somebody changes their collation.
fn token_in_other_letter_case_is_refused(kind: Kind) {
    let test = TestService::start_on(kind, &[("session.token_storage", "plain")]);
    if kind == Kind::MySql {
        test.database.run(
            "ALTER TABLE sessions MODIFY token VARCHAR(128)
             CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci NOT NULL",
        );
    }
    let only = session(1);
    test.issue(&person(), std::slice::from_ref(&only));
    let token = only.token.expose();
    for other in spellings(token) {
        for path in ["/sessions", "/sessions/whoami"] {
            assert_eq!(get(test.service.public, path, &other).status, 401, "{path} {other}");
        }
    }
    assert_eq!(get(test.service.public, "/sessions", token).status, 200);
}

/// `cli::people` has further cases.
fn email_address_in_other_letter_case_is_the_same_address(kind: Kind) {
    let test = TestService::start_on(kind, &[]);
    let mut ana = person();
    ana.traits = json(r#"{"email":"ana@example.org"}"#);
    test.issue(&ana, &[]);
    let kratos = kratos::restore(kind);
    let beside = kratos::service(&kratos, "aal1");
    for (address, is_hers) in [
        ("ana@example.org", true),
        ("ANA@example.org", true),
        ("\u{e1}na@example.org", false),
        ("ana@example.org ", false),
    ] {
        for service in [&test.service, &beside] {
            let found = service.wait(service.repository.search_email(address)).unwrap();
            assert_eq!(!found.identities.is_empty(), is_hers, "{address:?}");
        }
    }
}
