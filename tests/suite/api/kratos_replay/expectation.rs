//! The response that an exchange must produce: the recorded one, with the differences that all
//! responses have, or the one that the table of differences names.

use serde_json::{Value, json};

use crate::api::kratos_replay::differences;
use crate::api::kratos_replay::differences::ExpectedResponse::{
    AsFor, BadParameter, BadRequest, Count, DevicesOf, Envelope, Extended, Lifetime, Links,
    NotAllowed, NotHere, NumberedPage, Page, Preflight, Redirect, Version,
};
use crate::api::kratos_replay::recorded;
use crate::support::jwt::Jwt;
use crate::support::kratos::{Exchange, Response};

/// The response that an exchange must produce.
pub struct Expectation {
    pub response: Response,
    /// The relations of the `Link` header, in order; `None` if the response is not a list.
    pub links: Option<Vec<&'static str>>,
}

/// The number of Ana's oldest sessions that have the same creation time. Kratos returns
/// them in the order of their insertion, this service by id.
const TIED_ROWS: usize = 3;

pub fn expected(exchange: &Exchange, exchanges: &[Exchange]) -> Expectation {
    let name = exchange.name.as_str();
    match differences::of(name) {
        // The lifetime is part of the JWT.
        None | Some(Lifetime(_)) => {
            with_common_differences(name, exchange.response.clone(), exchanges)
        }
        Some(AsFor(other)) => with_common_differences(name, recorded(other, exchanges), exchanges),
        Some(BadParameter(parameter, problem)) => {
            let mut response = match exchange.response.status {
                400 => exchange.response.clone(),
                _ => recorded("list/unknown token", exchanges),
            };
            response.status = 400;
            response.body = json!({"error": {
                "code": 400,
                "status": "Bad Request",
                "reason": format!("The parameter '{parameter}' {problem}."),
                "message": "The request was malformed or contained invalid parameters",
            }});
            with_common_differences(name, response, exchanges)
        }
        Some(NotAllowed(methods)) => not_allowed(exchange, methods),
        Some(BadRequest(reason)) => {
            let mut response = recorded("tokenize/unknown", exchanges);
            response.body["error"]["reason"] = (*reason).into();
            with_common_differences(name, response, exchanges)
        }
        Some(Page { from, size }) => page(*from, *size, false, exchanges),
        Some(NumberedPage { from, size }) => page(*from, *size, true, exchanges),
        Some(Envelope(message)) => {
            let mut response = exchange.response.clone();
            let status = if response.status == 405 { "Method Not Allowed" } else { "Not Found" };
            response.body = json!({"error": {
                "code": response.status, "status": status, "message": message,
            }});
            let headers = &mut response.headers;
            for name in ["set-cookie", "x-content-type-options", "vary"] {
                headers.remove(name);
            }
            headers.insert("content-type".into(), "application/json".into());
            if headers.contains_key("allow") {
                headers.insert("allow".into(), "GET,HEAD,DELETE".into());
            }
            Expectation { response, links: None }
        }
        Some(Redirect) => {
            let mut response = Response { body: json!(""), ..exchange.response.clone() };
            for name in ["content-type", "set-cookie"] {
                response.headers.remove(name);
            }
            response.headers.insert("vary".into(), "Origin".into());
            Expectation { response, links: None }
        }
        Some(NotHere(reason)) => {
            let mut response = exchange.response.clone();
            response.status = 404;
            response.body = json!({"error": {
                "code": 404, "status": "Not Found", "reason": reason,
                "message": "The requested resource could not be found",
            }});
            with_common_differences(name, response, exchanges)
        }
        Some(Count(count)) => {
            let response = Response { body: json!({"count": count}), ..exchange.response.clone() };
            with_common_differences(name, response, exchanges)
        }
        Some(Links(links)) => {
            let mut response = exchange.response.clone();
            response.headers.remove("link");
            Expectation { response, links: Some(links.to_vec()) }
        }
        Some(DevicesOf(other)) => {
            let mut response = exchange.response.clone();
            response.body["devices"] = recorded(other, exchanges).body["devices"].clone();
            with_common_differences(name, response, exchanges)
        }
        Some(Version) => {
            let body = json!({"version": env!("CARGO_PKG_VERSION")});
            with_common_differences(name, Response { body, ..exchange.response.clone() }, exchanges)
        }
        Some(Extended) => {
            let mut response = exchange.response.clone();
            // A hundred years after the time of the replay.
            response.body["expires_at"] = "2126-10-31T09:35:00Z".into();
            let same = recorded("write/someone else still signed in", exchanges).body;
            assert_eq!(same["id"], response.body["id"]);
            response.body["devices"] = same["devices"].clone();
            with_common_differences(name, response, exchanges)
        }
        Some(Preflight { allowed }) => preflight(exchange, *allowed),
    }
}

/// 405 instead of another response.
fn not_allowed(exchange: &Exchange, methods: &str) -> Expectation {
    let mut response = exchange.response.clone();
    response.status = 405;
    response.body = json!({"error": {
        "code": 405, "status": "Method Not Allowed", "message": "This method is not allowed here",
    }});
    response.headers.remove("location");
    response.headers.insert("allow".into(), methods.into());
    Expectation { response, links: None }
}

fn preflight(exchange: &Exchange, allowed: bool) -> Expectation {
    let mut response = exchange.response.clone();
    response.headers.insert("vary".into(), "Origin".into());
    // The router adds this header for every method that the route does not have.
    response.headers.insert("allow".into(), "GET,HEAD,DELETE".into());
    if allowed {
        for (name, value) in [
            ("methods", "GET, HEAD, POST, PATCH, DELETE"),
            (
                "headers",
                "authorization, baggage, content-type, sentry-trace, traceparent, tracestate, \
                 x-request-id, x-session-token",
            ),
        ] {
            let name = format!("access-control-allow-{name}");
            assert!(response.headers.insert(name, value.into()).is_some());
        }
    }
    Expectation { response, links: None }
}

/// The JWT that an exchange must produce, without its id, and with times relative to its issue.
pub fn expected_jwt(exchange: &Exchange) -> Option<Jwt> {
    let mut jwt = exchange.jwt.clone()?.without_time();
    if let Some(Lifetime(seconds)) = differences::of(&exchange.name) {
        jwt.claims.insert("exp".to_owned(), (*seconds).into());
    }
    Some(jwt)
}

/// Applies the differences that all responses have.
fn with_common_differences(
    name: &str,
    mut response: Response,
    exchanges: &[Exchange],
) -> Expectation {
    let headers = &mut response.headers;
    // The error id is present only if the error has one.
    if headers.get("ory-error-id").is_some_and(|id| id == "") {
        headers.remove("ory-error-id");
    }
    // `Vary` names every header that can carry a credential.
    if headers.get("vary").is_some_and(|vary| vary == "Origin, Cookie") {
        headers.insert("vary".into(), "Origin, Cookie, X-Session-Token, Authorization".into());
    }
    // 401 names the scheme of the missing credential.
    if response.status == 401 {
        headers.insert("www-authenticate".into(), "Bearer realm=\"elsewhere\"".into());
    }
    // Scripts can also read the request's id, and when to try again.
    if headers.contains_key("access-control-expose-headers") {
        let exposed = "Link, X-Total-Count, X-Request-Id, Retry-After";
        headers.insert("access-control-expose-headers".into(), exposed.into());
    }
    // `first` is always present, and there are no links to pages that do not exist. The lists
    // here fit on one page. Kratos's list of all sessions also has keyset pages.
    let links = headers.remove("link").map(|link| {
        if name.contains("admin/list") && link.as_str().unwrap().contains("next") {
            vec!["first", "next"]
        } else {
            vec!["first"]
        }
    });
    // An empty body has no content type.
    if response.status == 204 {
        headers.remove("content-type");
    }
    if let Some(rows) = response.body.as_array_mut() {
        if let Some(total) = headers.get("x-total-count") {
            assert_eq!(total, &rows.len().to_string(), "{name} is a whole list");
        }
        sort_tied_rows(rows, exchanges);
    }
    Expectation { response, links }
}

/// A page of Ana's nine other sessions, in an order without repetition.
fn page(from: usize, size: usize, numbered: bool, exchanges: &[Exchange]) -> Expectation {
    let mut expectation =
        with_common_differences("list/token", recorded("list/token", exchanges), exchanges);
    let rows = expectation.response.body.as_array().unwrap();
    let total = rows.len();
    let rows: Vec<_> = rows.iter().skip(from).take(size).cloned().collect();
    expectation.response.body = rows.into();
    let mut links = vec!["first"];
    if from > 0 {
        links.push("prev");
    }
    if from + size < total {
        links.push("next");
    }
    // The total requires reading all rows, so only numbered pages always have it.
    if !numbered && from + size < total {
        expectation.response.headers.remove("x-total-count");
    }
    expectation.links = Some(links);
    expectation
}

fn sort_tied_rows(rows: &mut [Value], exchanges: &[Exchange]) {
    let Some(anas) = exchanges.iter().find(|exchange| exchange.name == "list/token") else {
        return;
    };
    let anas = &anas.response;
    let tied = anas.body.as_array().unwrap().iter().rev().take(TIED_ROWS);
    let tied: Vec<_> = tied.map(|row| &row["id"]).collect();
    let is_tied = |row: &Value| tied.contains(&&row["id"]);
    let positions: Vec<_> = (0..rows.len()).filter(|position| is_tied(&rows[*position])).collect();
    let mut tied: Vec<_> = positions.iter().map(|position| rows[*position].clone()).collect();
    tied.sort_by_key(|row| row["id"].to_string());
    for (position, row) in positions.into_iter().zip(tied) {
        rows[position] = row;
    }
}
