//! Deliberate differences from the responses of Kratos, with their reasons.

use serde_json::{Value, json};

use crate::api::kratos_replay::recorded;
use crate::support::kratos::{Exchange, Response};

/// The response that an exchange must produce.
pub struct Expectation {
    pub response: Response,
    /// The relations of the `Link` header, in order; `None` if the response is not a list.
    pub links: Option<Vec<&'static str>>,
}

/// The response expected instead of the recorded one.
enum ExpectedResponse {
    /// The response recorded for another exchange.
    AsFor(&'static str),
    /// 400, with the name of the parameter and the problem.
    BadParameter(&'static str, &'static str),
    /// A page of this size of Ana's nine other sessions, beginning with this one.
    Page { from: usize, size: usize },
    /// The same page, requested by number and therefore with the total.
    NumberedPage { from: usize, size: usize },
    /// The error envelope instead of plain text.
    Envelope(&'static str),
    /// Everything that is allowed, instead of an echo of the request.
    Preflight { allowed: bool },
    /// The redirect without its page and its cookie.
    Redirect,
    /// 404, with a hint where to send the request.
    NotHere(&'static str),
    /// The number of revoked sessions.
    Count(u64),
    /// The same session, with a full lifespan from now on and with its devices.
    Extended,
    /// The same session, with its devices as in another exchange.
    DevicesOf(&'static str),
    /// The same rows, with these links.
    Links(&'static [&'static str]),
    /// The version of this service.
    Version,
}

use ExpectedResponse::{
    AsFor, BadParameter, Count, DevicesOf, Envelope, Extended, Links, NotHere, NumberedPage, Page,
    Preflight, Redirect, Version,
};

/// The deliberate differences: exchange, reason, and expected response.
const DIFFERENCES: &[(&str, &str, ExpectedResponse)] = &[
    (
        "list/cookie url-encoded padding",
        "some clients percent-encode cookie values; the meaning is unambiguous",
        AsFor("list/cookie"),
    ),
    (
        "list/token of an inactive identity",
        "an inactive identity is refused, as by whoami",
        AsFor("list/unknown token"),
    ),
    ("page/page_size=0", "0 is the default", AsFor("list/token")),
    ("page/page_size=-1", "not a valid size", BadParameter("page_size", NOT_A_NUMBER)),
    ("page/page_size=x", "not a valid size", BadParameter("page_size", NOT_A_NUMBER)),
    ("page/per_page=0", "0 is the default", NumberedPage { from: 0, size: 250 }),
    ("page/per_page=x", "not a valid size", BadParameter("per_page", NOT_A_NUMBER)),
    ("page/page=-1", "not a valid page number", BadParameter("page", NOT_A_NUMBER)),
    ("page/page_token=garbage", "not a valid token", BadParameter("page_token", NOT_A_TOKEN)),
    ("page/page=0&per_page=4", STABLE_PAGES, NumberedPage { from: 0, size: 4 }),
    ("page/page=1&per_page=4", STABLE_PAGES, NumberedPage { from: 0, size: 4 }),
    ("page/page=2&per_page=4", STABLE_PAGES, NumberedPage { from: 4, size: 4 }),
    ("page/page=3&per_page=4", STABLE_PAGES, NumberedPage { from: 8, size: 4 }),
    ("page/page=99&per_page=4", STABLE_PAGES, NumberedPage { from: 392, size: 4 }),
    ("page/page_size=1", STABLE_PAGES, Page { from: 0, size: 1 }),
    ("page/page_size=3", STABLE_PAGES, Page { from: 0, size: 3 }),
    ("page/page_size=3&page=2", STABLE_PAGES, Page { from: 0, size: 3 }),
    ("walk/1", STABLE_PAGES, Page { from: 0, size: 4 }),
    ("walk/2", STABLE_PAGES, NumberedPage { from: 4, size: 4 }),
    ("walk/3", STABLE_PAGES, NumberedPage { from: 8, size: 4 }),
    ("method/POST", ENVELOPE, Envelope("This method is not allowed here")),
    ("method/PUT", ENVELOPE, Envelope("This method is not allowed here")),
    ("route/unknown", ENVELOPE, Envelope("The requested resource could not be found")),
    ("route/trailing slash", ENVELOPE, Envelope("The requested resource could not be found")),
    ("whoami/two devices", "the most recent first, as in lists", DevicesOf("admin/get expand")),
    ("version", "the version of this service", Version),
    (
        "admin/list expand wrong",
        NAMED_PARAMETER,
        BadParameter("expand", "must be identity, devices, device_labels or activity"),
    ),
    ("admin/list active wrong", NAMED_PARAMETER, BadParameter("active", "must be true or false")),
    ("admin/list token wrong", NAMED_PARAMETER, BadParameter("page_token", NOT_A_TOKEN)),
    ("admin/get malformed", NAMED_PARAMETER, BadParameter("id", "must be a UUID")),
    ("admin/identity malformed", NAMED_PARAMETER, BadParameter("id", "must be a UUID")),
    ("admin/identity list page", STABLE_PAGES, Links(&["first", "next"])),
    ("write/revoke malformed", NAMED_PARAMETER, BadParameter("id", "must be a UUID")),
    ("write/revoke all others", REVOKED_BY_CALL, Count(7)),
    ("write/revoke all again", REVOKED_BY_CALL, Count(0)),
    ("write/admin extend", "shown with its devices, as everywhere else", Extended),
    (
        "cors/preflight allowed",
        "independent of the request, so that it can be cached",
        Preflight { allowed: true },
    ),
    ("path///sessions/whoami", BARE_REDIRECT, Redirect),
    ("path//sessions//whoami", BARE_REDIRECT, Redirect),
    ("path//sessions/./whoami", BARE_REDIRECT, Redirect),
    ("path//./sessions", BARE_REDIRECT, Redirect),
    ("path//sessions/../sessions/whoami", BARE_REDIRECT, Redirect),
    ("path//sessions/whoami/", ENVELOPE, Envelope("The requested resource could not be found")),
    ("path//Sessions", ENVELOPE, Envelope("The requested resource could not be found")),
    ("exchange/no codes", TOKEN_EXCHANGE, NotHere(KRATOS_EXCHANGES)),
    ("exchange/wrong codes", TOKEN_EXCHANGE, NotHere(KRATOS_EXCHANGES)),
    ("cors/preflight other origin", "only the origin decides", Preflight { allowed: false }),
];

const STABLE_PAGES: &str = "every session once, in order; ory/kratos#3883";
const NAMED_PARAMETER: &str = "the error names the parameter";
const REVOKED_BY_CALL: &str =
    "sessions that this call revoked; Kratos also counts those that ended before";
const ENVELOPE: &str = "one format for all errors, and no cookie for the client";
const BARE_REDIRECT: &str = "a redirect needs no page and no cookie";
const TOKEN_EXCHANGE: &str = "a part of Kratos's login flows: routes must leave it to Kratos";
const KRATOS_EXCHANGES: &str =
    "Session tokens are exchanged by Kratos: route GET /sessions/token-exchange to it.";
const NOT_A_NUMBER: &str = "must be a number, 0 or greater";
const NOT_A_TOKEN: &str = "is invalid: take it from a Link header, as it is";

/// The number of Ana's oldest sessions that have the same creation time. Kratos returns
/// them in the order of their insertion, this service by id.
const TIED_ROWS: usize = 3;

pub fn names() -> impl Iterator<Item = &'static str> {
    DIFFERENCES.iter().map(|(name, ..)| *name)
}

pub fn expected(exchange: &Exchange, exchanges: &[Exchange]) -> Expectation {
    let difference = DIFFERENCES.iter().find(|(name, ..)| *name == exchange.name);
    let name = exchange.name.as_str();
    match difference.map(|(.., expected_response)| expected_response) {
        None => with_common_differences(name, exchange.response.clone(), exchanges),
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
        Some(Preflight { allowed }) => {
            let mut response = exchange.response.clone();
            response.headers.insert("vary".into(), "Origin".into());
            // The router adds this header for every method that the route does not have.
            response.headers.insert("allow".into(), "GET,HEAD,DELETE".into());
            if *allowed {
                for (name, value) in [
                    ("methods", "GET, HEAD, DELETE"),
                    ("headers", "authorization, content-type, x-request-id, x-session-token"),
                ] {
                    let name = format!("access-control-allow-{name}");
                    assert!(response.headers.insert(name, value.into()).is_some());
                }
            }
            Expectation { response, links: None }
        }
    }
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
    // Scripts can also read the request's id.
    if headers.contains_key("access-control-expose-headers") {
        let exposed = "Link, X-Total-Count, X-Request-Id";
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
