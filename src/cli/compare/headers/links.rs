//! The comparison of `Link` and `X-Total-Count`.

use std::collections::BTreeSet;

use http::header::LINK;
use http::{HeaderMap, HeaderName};

use crate::cli::compare::client::Answer;
use crate::cli::compare::difference::Kind;
use crate::cli::compare::findings::Findings;
use crate::cli::compare::known::Known;
use crate::cli::compare::names::Name;

const TOTAL: HeaderName = HeaderName::from_static("x-total-count");

/// Both servers have to agree on the next page. Kratos links to it after an empty list, too.
pub(super) fn compare(kratos: &Answer, elsewhere: &Answer, found: &mut Findings) {
    let relations = [kratos, elsewhere].map(|answer| relations(&answer.headers));
    let is_empty = kratos.body.trim_ascii() == b"[]";
    let matter = relations.each_ref().map(|all| {
        let has_links = !all.is_empty();
        (has_links, !is_empty && all.contains("next"))
    });
    if relations[0] != relations[1] {
        if matter[0] == matter[1] {
            found.is_known(Known::Links);
        } else {
            for relation in relations[0].symmetric_difference(&relations[1]) {
                let [kratos, elsewhere] = relations.each_ref().map(|all| all.contains(relation));
                let kind = Kind::of_presence(kratos, elsewhere).unwrap_or(Kind::Value);
                found.differs(format_args!("header link rel={}", Name(relation)), kind);
            }
        }
    }
    total(&kratos.headers, &elsewhere.headers, matter[1].1, found);
}

fn total(kratos: &HeaderMap, elsewhere: &HeaderMap, has_next: bool, found: &mut Findings) {
    match (kratos.get(&TOTAL), elsewhere.get(&TOTAL)) {
        (kratos, elsewhere) if kratos == elsewhere => {}
        (Some(_), None) if has_next => found.is_known(Known::TotalCount),
        (kratos, elsewhere) => {
            let kind = Kind::of_presence(kratos.is_some(), elsewhere.is_some());
            found.differs(format_args!("header {TOTAL}"), kind.unwrap_or(Kind::Value));
        }
    }
}

/// The relations of all links (RFC 8288).
fn relations(headers: &HeaderMap) -> BTreeSet<String> {
    let values =
        headers.get_all(LINK).iter().map(|value| String::from_utf8_lossy(value.as_bytes()));
    let links = values.collect::<Vec<_>>().join(",");
    let parameters = links.split(';').filter_map(|it| it.trim().strip_prefix("rel="));
    parameters
        .filter_map(|value| value.split(',').next())
        .map(|value| value.trim_matches(['"', ' ']).to_lowercase())
        .collect()
}
