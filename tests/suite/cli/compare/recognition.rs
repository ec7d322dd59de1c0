//! The two servers are those that the options name.

use crate::cli::compare::fixture::{Compared, compare, compare_at, run, url};
use crate::cli::compare::stub::{MARK, Stub, answer};
use crate::support::databases::Kind;
use crate::support::kratos;

const ANA: &str = "token ory_st_of_ana";
/// The answer of Kratos to a request without a credential.
const REFUSAL: &str = r#"{"error":{"code":401,"status":"Unauthorized"}}"#;
const WARNING: &str = "warning: the server at --kratos is an elsewhere, too";
const PUBLIC_API: &str = "the server at --kratos does not refuse a request without a credential";

fn refused(compared: &Compared, error: &str) {
    let printed = (compared.code, compared.error.as_str(), compared.lines.len());
    assert_eq!(printed, (Some(2), format!("elsewhere: {error}\n").as_str(), 0));
}

#[test]
fn server_is_not_compared_with_itself() {
    for (kratos, elsewhere) in [
        ("http://127.0.0.1:1/", "http://127.0.0.1:1/"),
        ("http://127.0.0.1:1", "http://localhost:1/"),
        ("HTTP://LOCALHOST:1", "http://127.0.0.1:1/"),
        ("http://[::1]:1/", "http://127.0.0.1:1/"),
        ("http://localhost.:1//", "http://127.0.0.1:1/"),
        ("http://no-such-host.invalid:80", "http://No-Such-Host.invalid/"),
        ("https://no-such-host.invalid", "https://no-such-host.invalid:443/"),
        ("http://127.0.0.1:1/kratos/", "http://127.0.0.1:1/kratos"),
    ] {
        let compared = compare_at(kratos, elsewhere, ANA, &[]);
        let problem = "--kratos: expected another server than the one at --elsewhere, which is ";
        assert!(compared.error.starts_with(&format!("elsewhere: {problem}")), "{compared:#?}");
        assert_eq!((compared.code, compared.error.lines().count()), (Some(2), 1), "{kratos}");
    }
    let compared = run(&["compare", "--kratos", "http://localhost:4433"], ANA);
    let problem = "--kratos: expected another server than the one at --elsewhere";
    refused(&compared, &format!("{problem}, which is http://127.0.0.1:4433/"));
}

#[test]
fn other_server_at_elsewhere_is_named() {
    let database = kratos::restore(Kind::Sqlite);
    let service = kratos::service(&database, "aal1");
    let kratos = Stub::foreign("401 Unauthorized", REFUSAL);
    let page = Stub::start(|_| answer("200 OK", &[("vary", "Accept")], "<html>"));
    let not_found = Stub::foreign("404 Not Found", "{}");
    let second_kratos =
        Stub::start(|_| answer("401 Unauthorized", &[("vary", "Origin, Cookie")], REFUSAL));
    let admin = service.admin;
    for other in [&page, &not_found, &second_kratos].map(url).into_iter().chain([url(admin)]) {
        let compared = compare_at(&url(&kratos), &other, ANA, &[]);
        let problem = format!("the server at {other} is not the public API of elsewhere");
        let mark = "(its whoami has no `Vary: X-Session-Token`)";
        refused(&compared, &format!("--elsewhere: {problem} {mark}"));
    }

    let exchanged = compare(service.public, &second_kratos, ANA, &[]);
    let problem = format!("the server at {} is not the public API of", url(&second_kratos));
    let advice = "but the one at --kratos is: exchange the two URLs";
    refused(&exchanged, &format!("--elsewhere: {problem} elsewhere, {advice}"));
}

#[test]
fn elsewhere_at_kratos_is_a_warning() {
    let database = kratos::restore(Kind::Sqlite);
    let (one, other) = (kratos::service(&database, "aal1"), kratos::service(&database, "aal1"));
    let token = kratos::settings(Kind::Sqlite)["credentials"]["ana"][1]["token"].clone();
    let credentials = format!("token {}", token.as_str().unwrap());
    let compared = compare(one.public, other.public, &credentials, &[]);
    assert_eq!((compared.code, compared.lines[0].as_str()), (Some(0), WARNING), "{compared:#?}");
    assert!(!compared.has_hint(PUBLIC_API), "{compared:#?}");

    let kratos = Stub::foreign("401 Unauthorized", REFUSAL);
    assert!(!compare(kratos, other.public, &credentials, &[]).has(WARNING));
}

#[test]
fn mark_of_elsewhere_is_found_among_others() {
    for vary in ["Origin, Cookie, X-Session-Token, Authorization", "x-session-token,origin"] {
        let other = Stub::start(move |_| answer("200 OK", &[("vary", vary)], "{}"));
        let separate = [("vary", "Accept-Encoding"), MARK];
        let kratos = Stub::start(move |_| answer("200 OK", &separate, "{}"));
        let compared = compare(kratos, other, ANA, &[]);
        assert_ne!(compared.code, Some(2), "{compared:#?}");
        assert!(compared.has(WARNING), "{compared:#?}");
    }
}

#[test]
fn server_that_is_no_kratos_is_hinted_at() {
    let database = kratos::restore(Kind::Sqlite);
    let service = kratos::service(&database, "aal1");
    for (status, body, is_hinted) in [
        ("404 Not Found", r#"{"error":{"code":404}}"#, true),
        ("404 Not Found", "404 page not found", true),
        ("200 OK", "<html>", true),
        ("200 OK", "{}", true),
        ("307 Temporary Redirect", "", true),
        ("405 Method Not Allowed", "{}", true),
        ("401 Unauthorized", "password required", true),
        ("401 Unauthorized", r#"{"message":"no key"}"#, true),
        ("401 Unauthorized", REFUSAL, false),
        ("500 Internal Server Error", r#"{"error":{"code":500}}"#, false),
        ("502 Bad Gateway", "", false),
    ] {
        let compared = compare(Stub::foreign(status, body), service.public, ANA, &[]);
        assert_eq!(compared.has_hint(PUBLIC_API), is_hinted, "{status} {body}: {compared:#?}");
        assert_eq!(compared.code, Some(1));
    }
    let compared = compare(service.admin, service.public, ANA, &[]);
    assert!(compared.has_hint(PUBLIC_API), "{compared:#?}");
    assert!(compared.lines.iter().any(|line| line.ends_with("is this Kratos's public API?")));
}
