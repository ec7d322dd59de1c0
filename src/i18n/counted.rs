//! Texts that depend on a number.

use std::collections::BTreeMap;

use serde::Deserialize;

/// The numbers that take each form of a counted text. All others take the form `other`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(transparent)]
pub struct Plurals(BTreeMap<String, Vec<u64>>);

/// A text with a form for each kind of number. In it, `{count}` is the number.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(transparent)]
pub struct Counted(BTreeMap<String, String>);

impl Plurals {
    /// The text for this number.
    pub(super) fn text(&self, counted: &Counted, count: u64) -> String {
        let form = self.0.iter().find(|(_, numbers)| numbers.contains(&count));
        let text = form.and_then(|(form, _)| counted.0.get(form));
        let text = text.or_else(|| counted.0.get("other")).map_or("", String::as_str);
        text.replace("{count}", &count.to_string())
    }
}
