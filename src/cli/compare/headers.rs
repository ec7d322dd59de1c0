//! The comparison of headers: those that clients and gateways act on.

mod cookies;
mod links;

use std::collections::BTreeSet;

use http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, CACHE_CONTROL, CONTENT_TYPE, VARY,
    WWW_AUTHENTICATE,
};
use http::{HeaderMap, HeaderName, Method};

use crate::cli::compare::client::Answer;
use crate::cli::compare::difference::Kind;
use crate::cli::compare::findings::Findings;
use crate::cli::compare::hint::Hint;
use crate::cli::compare::known::Known;
use crate::cli::compare::questions::Question;

const IDENTITY: HeaderName = HeaderName::from_static("x-kratos-authenticated-identity-id");
const CACHE_FOR: HeaderName = HeaderName::from_static("ory-session-cache-for");
const ERROR_ID: HeaderName = HeaderName::from_static("ory-error-id");

/// Headers whose values have to be the same.
const EXACT: [HeaderName; 5] = [
    CONTENT_TYPE,
    IDENTITY,
    ERROR_ID,
    ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_ALLOW_CREDENTIALS,
];

/// The seconds by which `Ory-Session-Cache-For` can differ, because it can count down.
const CACHE_FOR_TOLERANCE: u64 = 2;

pub(super) fn compare(
    question: &Question,
    kratos: &Answer,
    elsewhere: &Answer,
    found: &mut Findings,
) {
    let both = Both { kratos: &kratos.headers, elsewhere: &elsewhere.headers };
    for name in EXACT {
        let [of_kratos, of_elsewhere] = both.values(&name);
        if name == ERROR_ID && of_kratos.is_empty() && of_elsewhere.is_empty() {
            // Kratos sends it empty, too.
            let is_sent = both.kratos.contains_key(&name) != both.elsewhere.contains_key(&name);
            is_sent.then(|| found.is_known(Known::ErrorId));
        } else if of_kratos != of_elsewhere {
            both.report(&name, found);
        }
    }
    cache_control(question, &both, found);
    cache_for(&both, found);
    challenge(&both, found);
    lists(question, &both, found);
    links::compare(kratos, elsewhere, found);
    cookies::compare(both.kratos, both.elsewhere, found);
}

/// The headers of both answers.
struct Both<'a> {
    kratos: &'a HeaderMap,
    elsewhere: &'a HeaderMap,
}

impl Both<'_> {
    /// The values of a header, as a list (RFC 9110 §5.3).
    fn values(&self, name: &HeaderName) -> [String; 2] {
        [joined(self.kratos, name), joined(self.elsewhere, name)]
    }

    /// The items of headers that are lists of names.
    fn sets(&self, name: &HeaderName) -> [BTreeSet<String>; 2] {
        self.values(name)
            .map(|list| list.split(',').filter(|it| !it.is_empty()).map(str::to_owned).collect())
    }

    fn report(&self, name: &HeaderName, found: &mut Findings) {
        let is_there = |headers: &HeaderMap| headers.contains_key(name);
        let kind = Kind::of_presence(is_there(self.kratos), is_there(self.elsewhere));
        found.differs(format_args!("header {name}"), kind.unwrap_or(Kind::Value));
        if name.as_str().starts_with("access-control-") {
            found.hint(Hint::Origins);
        }
    }
}

/// In lower case and without spaces, which mean nothing in these headers.
fn joined(headers: &HeaderMap, name: &HeaderName) -> String {
    let values =
        headers.get_all(name).iter().map(|value| String::from_utf8_lossy(value.as_bytes()));
    let all = values.collect::<Vec<_>>().join(",").to_lowercase();
    all.split_ascii_whitespace().collect()
}

fn cache_control(question: &Question, both: &Both, found: &mut Findings) {
    let [kratos, elsewhere] = both.values(&CACHE_CONTROL);
    if kratos == elsewhere {
        return;
    }
    if question.method != Method::GET && kratos.is_empty() {
        found.is_known(Known::CacheControl);
    } else {
        both.report(&CACHE_CONTROL, found);
    }
}

fn cache_for(both: &Both, found: &mut Findings) {
    let [kratos, elsewhere] = both.values(&CACHE_FOR);
    let is_close = match (kratos.parse::<u64>(), elsewhere.parse::<u64>()) {
        (Ok(kratos), Ok(elsewhere)) => kratos.abs_diff(elsewhere) <= CACHE_FOR_TOLERANCE,
        _ => kratos == elsewhere,
    };
    if !is_close {
        both.report(&CACHE_FOR, found);
        found.hint(Hint::Cacheable);
    }
}

/// Kratos sends no challenge. One that it, or a proxy, does send has to be the same.
fn challenge(both: &Both, found: &mut Findings) {
    let [kratos, elsewhere] = both.values(&WWW_AUTHENTICATE);
    if kratos.is_empty() && !elsewhere.is_empty() {
        found.is_known(Known::Challenge);
    } else if kratos != elsewhere {
        both.report(&WWW_AUTHENTICATE, found);
    }
}

/// Headers that list names: elsewhere may name more than Kratos.
fn lists(question: &Question, both: &Both, found: &mut Findings) {
    // Kratos repeats the method and the headers of a preflight, and varies by them.
    let lists: &[_] = if question.is_preflight() {
        &[
            (ACCESS_CONTROL_ALLOW_METHODS, Known::Preflight),
            (ACCESS_CONTROL_ALLOW_HEADERS, Known::Preflight),
        ]
    } else {
        &[(VARY, Known::Vary), (ACCESS_CONTROL_EXPOSE_HEADERS, Known::ExposedHeaders)]
    };
    for (name, known) in lists {
        let [kratos, elsewhere] = both.sets(name);
        // Without CORS, Kratos does not vary at all. A missing CORS header has another cause.
        let is_sent = name == VARY || !kratos.is_empty();
        if kratos == elsewhere {
            continue;
        }
        if is_sent && elsewhere.is_superset(&kratos) {
            found.is_known(*known);
        } else {
            both.report(name, found);
        }
    }
}
