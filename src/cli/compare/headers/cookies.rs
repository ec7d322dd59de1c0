//! The comparison of the cookies that the servers set: their names and attributes, without their
//! values, which differ each time.

use std::collections::{BTreeMap, BTreeSet};

use http::HeaderMap;
use http::header::SET_COOKIE;

use crate::cli::compare::difference::Kind;
use crate::cli::compare::findings::Findings;
use crate::cli::compare::hint::Hint;
use crate::cli::compare::names::Name;

/// Attributes whose values are settings. Those of the others depend on the time.
const SETTINGS: [&str; 3] = ["domain", "path", "samesite"];

type Attributes = BTreeMap<String, String>;

pub(super) fn compare(kratos: &HeaderMap, elsewhere: &HeaderMap, found: &mut Findings) {
    let [kratos, elsewhere] = [kratos, elsewhere].map(cookies);
    let empty = Attributes::new();
    for name in union(&kratos, &elsewhere) {
        let place = format!("header set-cookie {}", Name(name));
        let pair = (kratos.get(name), elsewhere.get(name));
        if let Some(kind) = Kind::of_presence(pair.0.is_some(), pair.1.is_some()) {
            found.differs(&place, kind);
            continue;
        }
        let (kratos, elsewhere) = (pair.0.unwrap_or(&empty), pair.1.unwrap_or(&empty));
        for attribute in union(kratos, elsewhere) {
            let pair = (kratos.get(attribute), elsewhere.get(attribute));
            if pair.0 != pair.1 {
                let kind = Kind::of_presence(pair.0.is_some(), pair.1.is_some());
                let place = format_args!("{place} {}", Name(attribute));
                found.differs(place, kind.unwrap_or(Kind::Value));
                found.hint(Hint::CookieAttributes);
            }
        }
    }
}

fn union<'a, T>(
    one: &'a BTreeMap<String, T>,
    other: &'a BTreeMap<String, T>,
) -> BTreeSet<&'a String> {
    one.keys().chain(other.keys()).collect()
}

/// The attributes of each cookie by its name.
fn cookies(headers: &HeaderMap) -> BTreeMap<String, Attributes> {
    let values = headers.get_all(SET_COOKIE).iter();
    values
        .map(|value| {
            let text = String::from_utf8_lossy(value.as_bytes());
            let mut parts = text.split(';').map(|part| part.split_once('=').unwrap_or((part, "")));
            let (name, _) = parts.next().unwrap_or_default();
            (name.trim().to_owned(), parts.map(attribute).collect())
        })
        .collect()
}

fn attribute((name, value): (&str, &str)) -> (String, String) {
    let name = name.trim().to_lowercase();
    let is_setting = SETTINGS.contains(&name.as_str());
    let value = if is_setting { value.trim().trim_start_matches('.') } else { "" };
    let value = if name == "path" { value.to_owned() } else { value.to_lowercase() };
    (name, value)
}
