//! The proof of the table of known differences: the answers of a real Kratos, recorded on SQLite,
//! beside those of this service on the recorded database.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use serde_json::Value;

use crate::cli::compare::fixture::{Compared, compare, credentials};
use crate::cli::compare::stub::{Stub, answer};
use crate::support::databases::Kind;
use crate::support::http_client::send_bytes;
use crate::support::kratos;
use crate::support::kratos::{Exchange, Response, second_recording};

/// The number of deliberate differences that the program knows.
const KNOWN_DIFFERENCES: usize = 12;

#[test]
fn recorded_kratos_shows_the_known_differences_and_no_others() {
    let mut known = BTreeSet::new();
    let mut assert_same = |(compared, used): (Compared, usize), recorded: usize| {
        assert_eq!((compared.code, compared.error.as_str()), (Some(0), ""), "{compared:#?}");
        assert!(compared.summary().ends_with(" same, 0 differ"), "{}", compared.summary());
        assert_eq!(used, recorded, "the recorded answers are all used");
        let reasons = compared.known().into_iter().map(|it| it.rsplit_once(" (").unwrap().0);
        known.extend(reasons.map(str::to_owned));
    };

    let database = kratos::restore(Kind::Sqlite);
    let origin = kratos::settings(Kind::Sqlite)["cors_allowed_origin"].clone();
    let origin = ["--origin", origin.as_str().unwrap()];
    for (level, recorded) in [("aal1", 32), ("highest_available", 7)] {
        let service = kratos::service(&database, level);
        let all = kratos::exchanges(Kind::Sqlite);
        assert_same(compare_recorded(all, level, service.public, &origin), recorded);
    }
    let database = second_recording::restore(Kind::Sqlite);
    for (configuration, recorded) in [("aal1", 8), ("highest", 16), ("cache", 5)] {
        let service = second_recording::service(&database, configuration);
        let all = second_recording::exchanges(Kind::Sqlite, "");
        let templates = ["--template", "nobody", "--template", "es256"];
        assert_same(compare_recorded(all, configuration, service.public, &templates), recorded);
    }
    assert_eq!(known.len(), KNOWN_DIFFERENCES, "{known:#?}");
}

/// Compares the exchanges of one configuration with a service, by every credential in them.
/// Returns also the number of recorded answers that were used.
fn compare_recorded(
    mut exchanges: Vec<Exchange>,
    configuration: &str,
    service: SocketAddr,
    arguments: &[&str],
) -> (Compared, usize) {
    exchanges.retain(|it| it.config == configuration && it.side == "public");
    let credentials = credentials(&exchanges);
    let used = Arc::new(Mutex::new(BTreeSet::new()));
    let names = Arc::clone(&used);
    let kratos = Stub::start(move |head| match recorded(head, &exchanges) {
        Some(exchange) => {
            names.lock().unwrap().insert(exchange.name.clone());
            written(&exchange.response)
        }
        // An answer that was not recorded shows no difference.
        None => relayed(head, service),
    });
    let compared = compare(kratos, service, &credentials, &[&["--verbose"], arguments].concat());
    let used = used.lock().unwrap().len();
    (compared, used)
}

/// The exchange with this request, if it was recorded.
fn recorded<'a>(head: &str, exchanges: &'a [Exchange]) -> Option<&'a Exchange> {
    let request = head.lines().next().unwrap().trim_end_matches(" HTTP/1.1");
    let is_same = |exchange: &Exchange| {
        format!("{} {}", exchange.request.method, exchange.request.path) == request
            && SENT.iter().all(|name| sent(head, name) == recorded_header(exchange, name))
    };
    exchanges.iter().find(|exchange| is_same(exchange))
}

/// The headers that make a difference to the answer.
const SENT: [&str; 6] = [
    "x-session-token",
    "cookie",
    "authorization",
    "origin",
    "access-control-request-method",
    "access-control-request-headers",
];

fn sent(head: &str, name: &str) -> String {
    let headers = head.lines().skip(1).filter_map(|line| line.split_once(": "));
    let values = headers.filter(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value);
    comparable(&values.collect::<String>())
}

fn recorded_header(exchange: &Exchange, name: &str) -> String {
    let headers = exchange.request.headers.iter();
    let values = headers.filter(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value);
    comparable(&values.filter_map(Value::as_str).collect::<String>())
}

fn comparable(value: &str) -> String {
    value.replacen("bearer ", "Bearer ", 1)
}

fn written(response: &Response) -> Vec<u8> {
    let headers: Vec<_> = response
        .headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str().unwrap()))
        .collect();
    let body = match &response.body {
        Value::String(text) => text.clone(),
        json => json.to_string(),
    };
    answer(&format!("{} Recorded", response.status), &headers, &body)
}

/// The answer of another server. An answer to HEAD has no body.
fn relayed(head: &str, to: SocketAddr) -> Vec<u8> {
    let request = head.replacen("\r\n", "\r\nConnection: close\r\n", 1);
    let relayed = send_bytes(to, request.as_bytes());
    let headers = relayed.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let headers = headers.filter(|(name, _)| !["content-length", "connection"].contains(name));
    let headers: Vec<_> = headers.collect();
    answer(&format!("{} Relayed", relayed.status), &headers, &relayed.body)
}
