//! Where this service deliberately answers otherwise than Kratos, and why.

use serde_json::{Value, json};

use crate::api::kratos_replay::recorded;
use crate::support::kratos::{Exchange, Response};

/// What an exchange is held to.
pub struct Expectation {
    pub response: Response,
    /// The relations of the `Link` header, in order; `None` where there is no list.
    pub links: Option<Vec<&'static str>>,
}

/// An answer that is not the recorded one.
enum Instead {
    /// What was recorded for another exchange.
    AsFor(&'static str),
    /// 400, naming the parameter.
    BadParameter(&'static str, &'static str),
    /// Ana's nine others from this one on, so many on a page.
    Page { from: usize, size: usize },
    /// The same, asked for by number, so with the total.
    NumberedPage { from: usize, size: usize },
    /// The error envelope in place of plain text.
    Envelope(&'static str),
    /// All that is allowed in place of an echo of what was asked.
    Preflight { allowed: bool },
    /// So many were ended.
    Count(u64),
    /// The same session, to live as long as from now on, with its devices.
    Extended,
    /// The same session, with its devices as in another exchange.
    DevicesOf(&'static str),
    /// The same rows, with these links.
    Links(&'static [&'static str]),
    /// The version of this service.
    Version,
}

use Instead::{
    AsFor, BadParameter, Count, DevicesOf, Envelope, Extended, Links, NumberedPage, Page,
    Preflight, Version,
};

/// Each deliberate difference: the exchange, the reason, the answer instead.
const DIFFERENCES: &[(&str, &str, Instead)] = &[
    (
        "list/cookie url-encoded padding",
        "some clients percent-encode what they send; nothing else can be meant",
        AsFor("list/cookie"),
    ),
    (
        "list/token of an inactive identity",
        "who is switched off is not let in, here as for whoami",
        AsFor("list/unknown token"),
    ),
    ("page/page_size=0", "0 is the default", AsFor("list/token")),
    ("page/page_size=-1", "not a size", BadParameter("page_size", NOT_A_NUMBER)),
    ("page/page_size=x", "not a size", BadParameter("page_size", NOT_A_NUMBER)),
    ("page/per_page=0", "0 is the default", NumberedPage { from: 0, size: 250 }),
    ("page/per_page=x", "not a size", BadParameter("per_page", NOT_A_NUMBER)),
    ("page/page=-1", "not a page", BadParameter("page", NOT_A_NUMBER)),
    ("page/page_token=garbage", "not a token", BadParameter("page_token", NOT_A_TOKEN)),
    ("page/page=0&per_page=4", ONE_WALK, NumberedPage { from: 0, size: 4 }),
    ("page/page=1&per_page=4", ONE_WALK, NumberedPage { from: 0, size: 4 }),
    ("page/page=2&per_page=4", ONE_WALK, NumberedPage { from: 4, size: 4 }),
    ("page/page=3&per_page=4", ONE_WALK, NumberedPage { from: 8, size: 4 }),
    ("page/page=99&per_page=4", ONE_WALK, NumberedPage { from: 392, size: 4 }),
    ("page/page_size=1", ONE_WALK, Page { from: 0, size: 1 }),
    ("page/page_size=3", ONE_WALK, Page { from: 0, size: 3 }),
    ("page/page_size=3&page=2", ONE_WALK, Page { from: 0, size: 3 }),
    ("walk/1", ONE_WALK, Page { from: 0, size: 4 }),
    ("walk/2", ONE_WALK, NumberedPage { from: 4, size: 4 }),
    ("walk/3", ONE_WALK, NumberedPage { from: 8, size: 4 }),
    ("method/POST", ENVELOPE, Envelope("This method is not allowed here")),
    ("method/PUT", ENVELOPE, Envelope("This method is not allowed here")),
    ("route/unknown", ENVELOPE, Envelope("The requested resource could not be found")),
    ("route/trailing slash", ENVELOPE, Envelope("The requested resource could not be found")),
    ("whoami/two devices", "the most recent first, as in lists", DevicesOf("admin/get expand")),
    ("version", "this service's own", Version),
    (
        "admin/list expand wrong",
        NAMED,
        BadParameter("expand", "must be identity, devices, device_labels or activity"),
    ),
    ("admin/list active wrong", NAMED, BadParameter("active", "must be true or false")),
    ("admin/list token wrong", NAMED, BadParameter("page_token", NOT_A_TOKEN)),
    ("admin/get malformed", NAMED, BadParameter("id", "must be a UUID")),
    ("admin/identity malformed", NAMED, BadParameter("id", "must be a UUID")),
    ("admin/identity list page", ONE_WALK, Links(&["first", "next"])),
    ("write/revoke malformed", NAMED, BadParameter("id", "must be a UUID")),
    ("write/revoke all others", ENDED_BY_THIS, Count(7)),
    ("write/revoke all again", ENDED_BY_THIS, Count(0)),
    ("write/admin extend", "shown as it is everywhere else, with its devices", Extended),
    ("cors/preflight allowed", "answers can be kept", Preflight { allowed: true }),
    ("cors/preflight other origin", "nothing but the origin counts", Preflight { allowed: false }),
];

const ONE_WALK: &str = "every session once, in order; ory/kratos#3883";
const NAMED: &str = "the parameter is named";
const ENDED_BY_THIS: &str = "those that this call signed out; Kratos counts the long dead too";
const ENVELOPE: &str = "one form for all errors, no cookie for whoever asks";
const NOT_A_NUMBER: &str = "must be a number, 0 or greater";
const NOT_A_TOKEN: &str = "is invalid: take it from a Link header, as it is";

/// So many of Ana's sessions, the oldest, were made at one instant; Kratos gives
/// them in the order of their insertion, this service by id.
const TIED: usize = 3;

pub fn names() -> impl Iterator<Item = &'static str> {
    DIFFERENCES.iter().map(|(name, ..)| *name)
}

pub fn expected(exchange: &Exchange, exchanges: &[Exchange]) -> Expectation {
    let difference = DIFFERENCES.iter().find(|(name, ..)| *name == exchange.name);
    let name = exchange.name.as_str();
    match difference.map(|(.., instead)| instead) {
        None => everywhere(name, exchange.response.clone(), exchanges),
        Some(AsFor(other)) => everywhere(name, recorded(other, exchanges), exchanges),
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
            everywhere(name, response, exchanges)
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
        Some(Count(count)) => {
            let response = Response { body: json!({"count": count}), ..exchange.response.clone() };
            everywhere(name, response, exchanges)
        }
        Some(Links(links)) => {
            let mut response = exchange.response.clone();
            response.headers.remove("link");
            Expectation { response, links: Some(links.to_vec()) }
        }
        Some(DevicesOf(other)) => {
            let mut response = exchange.response.clone();
            response.body["devices"] = recorded(other, exchanges).body["devices"].clone();
            everywhere(name, response, exchanges)
        }
        Some(Version) => {
            let body = json!({"version": env!("CARGO_PKG_VERSION")});
            everywhere(name, Response { body, ..exchange.response.clone() }, exchanges)
        }
        Some(Extended) => {
            let mut response = exchange.response.clone();
            // A hundred years after the time of the replay.
            response.body["expires_at"] = "2126-10-31T09:35:00Z".into();
            let same = recorded("write/someone else still signed in", exchanges).body;
            assert_eq!(same["id"], response.body["id"]);
            response.body["devices"] = same["devices"].clone();
            everywhere(name, response, exchanges)
        }
        Some(Preflight { allowed }) => {
            let mut response = exchange.response.clone();
            response.headers.insert("vary".into(), "Origin".into());
            // The router says it of every method that is not the route's own.
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

/// What is different in every answer.
fn everywhere(name: &str, mut response: Response, exchanges: &[Exchange]) -> Expectation {
    let headers = &mut response.headers;
    // An id of an error only where it has one.
    if headers.get("ory-error-id").is_some_and(|id| id == "") {
        headers.remove("ory-error-id");
    }
    // Every header that can carry a credential.
    if headers.get("vary").is_some_and(|vary| vary == "Origin, Cookie") {
        headers.insert("vary".into(), "Origin, Cookie, X-Session-Token, Authorization".into());
    }
    // The request's id can be read by scripts too.
    if headers.contains_key("access-control-expose-headers") {
        let exposed = "Link, X-Total-Count, X-Request-Id";
        headers.insert("access-control-expose-headers".into(), exposed.into());
    }
    // `first` always, and no page where there is none. What is left here fits on one page.
    // Kratos's list of all sessions has keyset pages too.
    let links = headers.remove("link").map(|link| {
        if name.contains("admin/list") && link.as_str().unwrap().contains("next") {
            vec!["first", "next"]
        } else {
            vec!["first"]
        }
    });
    // Nothing has no type.
    if response.status == 204 {
        headers.remove("content-type");
    }
    if let Some(rows) = response.body.as_array_mut() {
        if let Some(total) = headers.get("x-total-count") {
            assert_eq!(total, &rows.len().to_string(), "{name} is a whole list");
        }
        put_tied_in_order(rows, exchanges);
    }
    Expectation { response, links }
}

/// A page of Ana's nine other sessions, as a walk without repetition has it.
fn page(from: usize, size: usize, numbered: bool, exchanges: &[Exchange]) -> Expectation {
    let mut whole = everywhere("list/token", recorded("list/token", exchanges), exchanges);
    let rows = whole.response.body.as_array().unwrap();
    let total = rows.len();
    let rows: Vec<_> = rows.iter().skip(from).take(size).cloned().collect();
    whole.response.body = rows.into();
    let mut links = vec!["first"];
    if from > 0 {
        links.push("prev");
    }
    if from + size < total {
        links.push("next");
    }
    // A count costs a walk over everything; who counts pages gets it all the same.
    if !numbered && from + size < total {
        whole.response.headers.remove("x-total-count");
    }
    whole.links = Some(links);
    whole
}

fn put_tied_in_order(rows: &mut [Value], exchanges: &[Exchange]) {
    let Some(anas) = exchanges.iter().find(|exchange| exchange.name == "list/token") else {
        return;
    };
    let anas = &anas.response;
    let tied = anas.body.as_array().unwrap().iter().rev().take(TIED);
    let tied: Vec<_> = tied.map(|row| &row["id"]).collect();
    let is_tied = |row: &Value| tied.contains(&&row["id"]);
    let places: Vec<_> = (0..rows.len()).filter(|place| is_tied(&rows[*place])).collect();
    let mut tied: Vec<_> = places.iter().map(|place| rows[*place].clone()).collect();
    tied.sort_by_key(|row| row["id"].to_string());
    for (place, row) in places.into_iter().zip(tied) {
        rows[place] = row;
    }
}
