//! Replay of recorded exchanges: this service responds as Kratos did, except for the
//! differences that are listed with their reasons.

mod differences;
mod expectation;

use serde_json::Value;

use crate::support::databases::{Kind, on_every_database};
use crate::support::http_client::{Answer, send, send_json};
use crate::support::jwt::Jwt;
use crate::support::kratos;
use crate::support::kratos::{Exchange, Response};
use expectation::Expectation;

/// Headers whose presence has a meaning, so that they must be absent unless recorded.
const MEANINGFUL_HEADERS: [&str; 9] = [
    "access-control-allow-credentials",
    "access-control-allow-headers",
    "access-control-allow-methods",
    "access-control-allow-origin",
    "allow",
    "ory-session-cache-for",
    "set-cookie",
    "www-authenticate",
    "x-total-count",
];

on_every_database! {
    responses_match_the_recorded_responses_of_kratos,
    every_listed_difference_belongs_to_an_exchange,
}

fn responses_match_the_recorded_responses_of_kratos(kind: Kind) {
    let database = kratos::restore(kind);
    let exchanges = kratos::exchanges(kind);
    assert_eq!(exchanges.len(), 126, "all exchanges are replayed");
    let services =
        ["aal1", "highest_available"].map(|level| (level, kratos::service(&database, level)));
    let mut failures = Vec::new();
    // The recorded order is kept, because some of the exchanges write.
    for exchange in &exchanges {
        let (_, service) = services.iter().find(|(level, _)| *level == exchange.config).unwrap();
        let answer = replay(service, exchange);
        let expected = expectation::expected(exchange, &exchanges);
        failures.extend(
            compare(&answer, &expected)
                .into_iter()
                .map(|failure| format!("{}: {failure}", exchange.name)),
        );
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// Replays one group of the second recording, whose exchanges all ran under one `config`.
fn assert_group_matches(kind: Kind, group: &str, count: usize, config: &str) {
    let exchanges = kratos::second_recording::exchanges(kind, group);
    assert_eq!(exchanges.len(), count, "all exchanges are replayed");
    let database = kratos::second_recording::restore(kind);
    let service = kratos::second_recording::service(&database, config);
    let mut failures = Vec::new();
    for exchange in &exchanges {
        assert_eq!(exchange.config, config);
        let answer = replay(&service, exchange);
        let mut expected = expectation::expected(exchange, &exchanges);
        if let Some(jwt) = expectation::expected_jwt(exchange) {
            let issued = answer.json()["tokenized"].clone();
            assert_eq!(Jwt::decode(&issued).without_time(), jwt, "{}", exchange.name);
            expected.response.body["tokenized"] = issued;
        }
        failures.extend(
            compare(&answer, &expected)
                .into_iter()
                .map(|failure| format!("{}: {failure}", exchange.name)),
        );
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// The groups of the second recording.
macro_rules! on_every_database_too {
    ($($name:ident: $group:literal, $count:literal, $config:literal;)*) => {
        mod on_sqlite_too {
            on_every_database_too! { @on Sqlite, $($name: $group, $count, $config;)* }
        }

        mod on_postgres_too {
            on_every_database_too! { @on Postgres, $($name: $group, $count, $config;)* }
        }

        mod on_mysql_too {
            on_every_database_too! { @on MySql, $($name: $group, $count, $config;)* }
        }
    };
    (@on $kind:ident, $($name:ident: $group:literal, $count:literal, $config:literal;)*) => {
        $(
            #[test]
            fn $name() {
                super::assert_group_matches(super::Kind::$kind, $group, $count, $config);
            }
        )*
    };
}

on_every_database_too! {
    // The identity's credentials decide which second factors it has.
    second_factor_is_required_as_by_kratos: "factor/", 16, "highest";
    whoami_answers_any_method: "any method/", 14, "aal1";
    whoami_renews_the_cookie_of_a_session_that_outlives_it: "renewed/", 5, "aal1";
    unclean_paths_lead_to_the_clean_one: "path/", 8, "aal1";
    deleting_on_the_admin_api_is_not_redirected: "admin redirect/", 1, "aal1";
    token_exchange_is_left_to_kratos: "exchange/", 2, "aal1";
    whoami_makes_a_jwt: "tokenize/", 16, "aal1";
    whoami_says_how_long_it_may_be_cached: "cache/", 5, "cache";
}

fn every_listed_difference_belongs_to_an_exchange(kind: Kind) {
    let mut exchanges = kratos::exchanges(kind);
    exchanges.extend(kratos::second_recording::exchanges(Kind::Sqlite, ""));
    for name in differences::names() {
        assert!(exchanges.iter().any(|exchange| exchange.name == name), "no exchange {name}");
    }
}

pub fn replay(service: &crate::support::service::Service, exchange: &Exchange) -> Answer {
    let request = &exchange.request;
    let headers: Vec<_> = request
        .headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str().unwrap().as_bytes()))
        .collect();
    let to = if exchange.side == "admin" { service.admin } else { service.public };
    match &request.body {
        None => send(to, &request.method, &request.path, &headers),
        Some(body) => send_json(to, &request.method, &request.path, &headers, &body.to_string()),
    }
}

fn compare(answer: &Answer, expected: &Expectation) -> Vec<String> {
    let Expectation { response, links } = expected;
    let mut failures = Vec::new();
    let mut check = |what: &str, got: Value, wanted: Value| {
        if got != wanted {
            failures.push(format!("{what}\n     got {got}\n  wanted {wanted}"));
        }
    };
    check("status", answer.status.into(), response.status.into());
    check("body", answer.json(), response.body.clone());
    for (name, wanted) in &response.headers {
        let (got, wanted) = (answer.header(name), wanted.as_str().unwrap());
        if name == "vary" {
            check(name, sorted(&got).into(), sorted(wanted).into());
        } else if name == "set-cookie" {
            check(name, attributes(&got).into(), attributes(wanted).into());
        } else {
            check(name, got.into(), wanted.into());
        }
    }
    for name in MEANINGFUL_HEADERS {
        check(name, answer.has(name).into(), response.headers.contains_key(name).into());
    }
    if let Some(links) = links {
        let got: Vec<_> = ["first", "prev", "next", "last"]
            .into_iter()
            .filter(|relation| answer.link(relation).is_some())
            .collect();
        check("link", got.into(), links.clone().into());
        for relation in links {
            if let Some(target) = answer.link(relation) {
                check("link target", is_page(&target).into(), true.into());
            }
        }
    }
    failures
}

/// Returns whether a link is a relative reference to a list with `page_size` and possibly
/// `page_token`. Lists of the admin API may also have `active` and `expand`.
fn is_page(target: &str) -> bool {
    let Some((path, query)) = target.split_once("?page_size=") else {
        return false;
    };
    let mut names = query.split('&').skip(1).map(|pair| pair.split('=').next().unwrap());
    match path {
        "/sessions" => names.all(|name| name == "page_token"),
        _ => {
            path.starts_with("/admin/")
                && names.all(|n| ["active", "expand", "page_token"].contains(&n))
        }
    }
}

/// The names of a cookie and of its attributes, whose values depend on the time and on chance.
fn attributes(cookie: &str) -> Vec<String> {
    let names = cookie.split("; ").map(|pair| pair.split('=').next().unwrap().to_owned());
    let mut names: Vec<_> = names.collect();
    names.sort();
    names
}

fn sorted(list: &str) -> Vec<String> {
    let mut items: Vec<_> = list.split(',').map(|item| item.trim().to_lowercase()).collect();
    items.sort();
    items
}

/// The recorded response of another exchange.
fn recorded(name: &str, exchanges: &[Exchange]) -> Response {
    exchanges.iter().find(|exchange| exchange.name == name).unwrap().response.clone()
}
