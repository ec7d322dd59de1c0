//! The path of a trait, such as `email` or `name.first`.

use serde::Deserialize;
use serde_json::Value;

/// The keys from the traits of an identity down to one of them.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct TraitPath(Vec<String>);

impl TraitPath {
    /// The trait as a text. `None` if there is none, or if it is no text or number.
    #[must_use]
    pub fn find(&self, traits: &Value) -> Option<String> {
        let found = self.0.iter().try_fold(traits, |inner, key| inner.get(key))?;
        let text = match found {
            Value::String(text) => text.trim().to_owned(),
            Value::Number(number) => number.to_string(),
            _ => return None,
        };
        (!text.is_empty()).then_some(text)
    }
}

impl TryFrom<String> for TraitPath {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let keys: Vec<_> = text.split('.').map(str::to_owned).collect();
        if keys.iter().any(|key| key.is_empty() || key.contains(['/', '$', ' '])) {
            return Err(format!(
                "expected the path of a trait such as `email` or `name.first`, got `{text}`"
            ));
        }
        Ok(Self(keys))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::TraitPath;

    #[test]
    fn trait_is_found_by_its_path_if_it_is_a_text_or_a_number() {
        let traits = json!({
            "email": " ana@example.org ", "number": 7, "name": {"first": "Ana", "last": ""},
            "emails": ["a@example.org"],
        });
        for (path, expected) in [
            ("email", Some("ana@example.org")),
            ("number", Some("7")),
            ("name.first", Some("Ana")),
            ("name.last", None),
            ("name", None),
            ("emails", None),
            ("name.first.more", None),
            ("phone", None),
        ] {
            let found = TraitPath::try_from(path.to_owned()).unwrap().find(&traits);
            assert_eq!(found.as_deref(), expected, "{path}");
        }
    }
}
