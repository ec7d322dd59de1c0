//! The comparison of bodies, as JSON and independent of the order of keys.

mod place;

use std::collections::{BTreeSet, HashMap};

use serde_json::{Map, Number, Value};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::cli::compare::difference::Kind;
use crate::cli::compare::findings::Findings;
use crate::cli::compare::hint::Hint;
use crate::cli::compare::json_web_token;
use crate::cli::compare::known::Known;
use crate::cli::compare::list_order;
use place::Place;

/// Keys whose texts begin with the base URL of a server.
const URLS: [&str; 3] = ["schema_url", "redirect_browser_to", "iss"];

pub(super) fn compare(kratos: &[u8], elsewhere: &[u8], found: &mut Findings) {
    match [kratos, elsewhere].map(serde_json::from_slice) {
        [Ok(kratos), Ok(elsewhere)] => values(Place::Body, &kratos, &elsewhere, found),
        _ if kratos == elsewhere => {}
        parsed => {
            let [kratos, elsewhere] = [kratos, elsewhere].map(<[u8]>::is_empty);
            let type_of = |json: &Result<Value, _>, is_empty| match json {
                Ok(json) => type_of(json),
                Err(_) if is_empty => "nothing",
                Err(_) => "no JSON",
            };
            let [of_kratos, of_elsewhere] =
                [type_of(&parsed[0], kratos), type_of(&parsed[1], elsewhere)];
            let kind = Kind::Types { kratos: of_kratos, elsewhere: of_elsewhere };
            found.differs(Place::Body, kind);
        }
    }
}

fn values(place: Place, kratos: &Value, elsewhere: &Value, found: &mut Findings) {
    match (kratos, elsewhere) {
        (Value::Object(kratos), Value::Object(elsewhere)) => {
            objects(place, kratos, elsewhere, found);
        }
        (Value::Array(kratos), Value::Array(elsewhere)) => arrays(place, kratos, elsewhere, found),
        (Value::String(kratos), Value::String(elsewhere)) => {
            texts(place, kratos, elsewhere, found);
        }
        (Value::Number(kratos), Value::Number(elsewhere)) if is_equal(kratos, elsewhere) => {}
        _ if kratos == elsewhere => {}
        _ => found.differs(place, kinds(kratos, elsewhere)),
    }
}

fn objects(
    place: Place,
    kratos: &Map<String, Value>,
    elsewhere: &Map<String, Value>,
    found: &mut Findings,
) {
    for key in kratos.keys().chain(elsewhere.keys()).collect::<BTreeSet<_>>() {
        let place = Place::Key(&place, key);
        match (kratos.get(key), elsewhere.get(key)) {
            (Some(kratos), Some(elsewhere)) => values(place, kratos, elsewhere, found),
            (Some(_), None) => found.differs(place, Kind::OnlyKratos),
            _ => found.differs(place, Kind::OnlyElsewhere),
        }
    }
}

/// Items with ids, such as sessions, are compared by id; others by position.
fn arrays(place: Place, kratos: &[Value], elsewhere: &[Value], found: &mut Findings) {
    if let (Some(kratos_ids), Some(elsewhere_ids)) = (ids(kratos), ids(elsewhere)) {
        return rows(place, [kratos, elsewhere], [&kratos_ids, &elsewhere_ids], found);
    }
    if kratos.len() != elsewhere.len() {
        let kind = Kind::Lengths { kratos: kratos.len(), elsewhere: elsewhere.len() };
        found.differs(place, kind);
    }
    for (index, (kratos, elsewhere)) in kratos.iter().zip(elsewhere).enumerate() {
        values(Place::Item(&place, index), kratos, elsewhere, found);
    }
}

fn rows(place: Place, all: [&[Value]; 2], ids: [&[&str]; 2], found: &mut Findings) {
    let indexes = ids.map(|ids| -> HashMap<&str, usize> {
        ids.iter().enumerate().map(|(index, id)| (*id, index)).collect()
    });
    for (index, id) in ids[0].iter().enumerate() {
        let place = Place::Item(&place, index);
        match indexes[1].get(id) {
            Some(other) => values(place, &all[0][index], &all[1][*other], found),
            None => found.differs(place, Kind::OnlyKratos),
        }
    }
    for (index, id) in ids[1].iter().enumerate() {
        if !indexes[0].contains_key(id) {
            found.differs(Place::Item(&place, index), Kind::OnlyElsewhere);
        }
    }
    let common = |side: usize| -> Vec<&str> {
        let other = &indexes[1 - side];
        ids[side].iter().copied().filter(|id| other.contains_key(id)).collect()
    };
    let (kratos, elsewhere) = (common(0), common(1));
    if kratos == elsewhere {
        return;
    }
    if place.key() == Some("devices") {
        found.is_known(Known::DeviceOrder);
    } else if matches!(place, Place::Body) && list_order::differs_by_ties(&kratos, &elsewhere) {
        found.is_known(Known::TiedSessions);
    } else {
        found.differs(place, Kind::Order);
    }
}

/// The ids of the items in order. `None` if an item has none, or has the id of another.
fn ids(items: &[Value]) -> Option<Vec<&str>> {
    let ids = items.iter().map(|item| item.get("id")?.as_str()).collect::<Option<Vec<_>>>()?;
    let different: BTreeSet<_> = ids.iter().collect();
    (different.len() == ids.len()).then_some(ids)
}

fn texts(place: Place, kratos: &str, elsewhere: &str, found: &mut Findings) {
    let key = place.key().unwrap_or_default();
    if kratos == elsewhere || (key.ends_with("_at") && is_same_instant(kratos, elsewhere)) {
        return;
    }
    // Only the session's own JWT is opened, which bounds the recursion.
    if matches!(place, Place::Key(Place::Body, "tokenized"))
        && let Some(kratos) = json_web_token::decode(kratos)
        && let Some(elsewhere) = json_web_token::decode(elsewhere)
    {
        found.hints.extend(json_web_token::hints(&kratos, &elsewhere));
        return values(place, &kratos, &elsewhere, found);
    }
    if URLS.contains(&key) {
        found.hint(Hint::BaseUrl);
    }
    found.differs(place, Kind::Value);
}

fn is_same_instant(kratos: &str, elsewhere: &str) -> bool {
    let parse = |text| OffsetDateTime::parse(text, &Rfc3339);
    matches!((parse(kratos), parse(elsewhere)), (Ok(one), Ok(other)) if one == other)
}

/// Whole numbers are compared exactly, others as floating-point numbers.
fn is_equal(one: &Number, other: &Number) -> bool {
    let is_float = one.is_f64() || other.is_f64();
    one == other || (is_float && one.as_f64() == other.as_f64())
}

fn kinds(kratos: &Value, elsewhere: &Value) -> Kind {
    let (kratos, elsewhere) = (type_of(kratos), type_of(elsewhere));
    if kratos == elsewhere { Kind::Value } else { Kind::Types { kratos, elsewhere } }
}

fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}
