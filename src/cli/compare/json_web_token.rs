//! The content of a JWT (RFC 7519). Its signature is not verified: two servers with the same key
//! sign differently, and the key identifier in the header says which key it was.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};

use crate::cli::compare::hint::Hint;

/// The header and the claims of a JWT, as far as two JWTs for one session have them in common.
/// `None` if the text is no JWT.
pub(super) fn decode(text: &str) -> Option<Value> {
    let mut parts = text.split('.');
    let (header, claims) = (object(parts.next()?)?, object(parts.next()?)?);
    parts.next()?;
    parts.next().is_none().then(|| json!({"header": header, "claims": comparable(claims)}))
}

fn object(part: &str) -> Option<Map<String, Value>> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok()
}

/// Replaces the claims that differ each time: `jti` by null, and times by their distance from the
/// time of issue.
fn comparable(mut claims: Map<String, Value>) -> Map<String, Value> {
    let issued = claims.get("iat").and_then(Value::as_i64);
    for name in ["iat", "nbf", "exp"] {
        if let (Some(time), Some(issued)) = (claims.get_mut(name), issued)
            && let Some(seconds) = time.as_i64()
        {
            *time = seconds.saturating_sub(issued).into();
        }
    }
    if let Some(id) = claims.get_mut("jti") {
        *id = Value::Null;
    }
    claims
}

/// The settings of the template that may explain how two decoded JWTs differ.
pub(super) fn hints(kratos: &Value, elsewhere: &Value) -> BTreeSet<Hint> {
    let mut hints = BTreeSet::new();
    if kratos["header"] != elsewhere["header"] {
        hints.insert(Hint::TemplateKeys);
    }
    let [kratos, elsewhere] = [kratos, elsewhere].map(|token| &token["claims"]);
    let names = [kratos, elsewhere].into_iter().filter_map(Value::as_object).flat_map(Map::keys);
    let different = names.filter(|name| kratos.get(name) != elsewhere.get(name));
    hints.extend(different.map(|name| match name.as_str() {
        "exp" => Hint::TemplateTtl,
        "sub" => Hint::TemplateSubject,
        "iss" => Hint::BaseUrl,
        _ => Hint::TemplateClaims,
    }));
    hints
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(claims: &Value) -> String {
        let encode = |json: &Value| URL_SAFE_NO_PAD.encode(json.to_string());
        format!("{}.{}.c2ln", encode(&json!({"alg": "ES256"})), encode(claims))
    }

    #[test]
    fn token_of_another_time_is_the_same() {
        let one = json!({"jti": "a", "iat": 100, "nbf": 100, "exp": 160, "sub": "ana"});
        let other = json!({"jti": "b", "iat": 107, "nbf": 107, "exp": 167, "sub": "ana"});
        let decoded = decode(&token(&one)).unwrap();
        assert_eq!(decoded, decode(&token(&other)).unwrap());
        assert_eq!(decoded["claims"]["exp"], 60);
    }

    #[test]
    fn another_lifetime_and_another_claim_differ() {
        let decoded = |claims| decode(&token(&claims)).unwrap();
        let one = decoded(json!({"iat": 100, "exp": 160}));
        assert_ne!(one, decoded(json!({"iat": 100, "exp": 700})));
        assert_ne!(one, decoded(json!({"iat": 100, "exp": 160, "sub": "ana"})));
        assert_ne!(one, decoded(json!({"exp": 160})));
    }

    #[test]
    fn other_texts_are_no_tokens() {
        let good = token(&json!({}));
        for text in ["", "..", "a.b.c", &format!("{good}.x"), &good.replace(".c2ln", "")] {
            assert!(decode(text).is_none(), "{text}");
        }
    }
}
