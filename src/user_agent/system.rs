//! The system or device of a `User-Agent`, by whole words in the places where it names a system.

use serde::Deserialize;

use crate::user_agent::kind::Kind;
use crate::user_agent::text::{Product, Text};

/// A system or device, and the marks that name it in a text. `data/README.md` describes them.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct System {
    pub name: String,
    kind: Kind,
    mobile: Option<Kind>,
    app: Option<Kind>,
    #[serde(default)]
    begins: Vec<String>,
    #[serde(default)]
    holds: Vec<String>,
    #[serde(default)]
    models: Vec<String>,
    #[serde(default)]
    products: Vec<String>,
    #[serde(default)]
    feature_phones: Vec<String>,
    #[serde(default)]
    requires: Vec<String>,
}

impl System {
    pub(super) fn is_named_in(&self, text: &Text<'_>) -> bool {
        let parts = text.system_parts();
        let begins = |marks: &[String]| {
            parts.iter().any(|part| marks.iter().any(|mark| begins_with(part, mark)))
        };
        let is_named = begins(&self.begins)
            || parts.iter().any(|part| self.holds.iter().any(|mark| holds(part, mark)))
            || parts.iter().any(|part| self.models.iter().any(|mark| has_model(part, mark)))
            || text.products.iter().any(|product| self.words_in(product).is_some())
            || self.is_feature_phone(text);
        is_named && (self.requires.is_empty() || begins(&self.requires))
    }

    /// The number of the product's last words that name this system. Then they name no app.
    pub(super) fn words_in(&self, product: &Product<'_>) -> Option<usize> {
        self.products.iter().find_map(|mark| {
            let count = 1 + mark.matches(' ').count();
            let start = product.words.len().checked_sub(count)?;
            let is_named = match &product.words[start..] {
                [word] => strip(word, mark).is_some_and(|rest| {
                    rest.is_empty() || rest.starts_with(|next: char| next.is_ascii_digit())
                }),
                words => mark.split(' ').eq(words.iter().copied()),
            };
            is_named.then_some(count)
        })
    }

    /// Phones before the smartphones send their model first, and then their profile of Java.
    pub(super) fn is_feature_phone(&self, text: &Text<'_>) -> bool {
        let first = text.products.first().and_then(|product| product.words.first());
        let is_marked = |word: &&str| self.feature_phones.iter().any(|m| strip(word, m).is_some());
        let profiles = ["Profile", "Configuration", "UP.Link", "UP.Browser", "UCWEB"];
        first.is_some_and(is_marked) && profiles.iter().any(|profile| text.has(profile))
    }

    pub(super) fn kind(&self, text: &Text<'_>) -> Kind {
        let mobile = self.mobile.filter(|_| text.is_mobile());
        let app = self.app.filter(|_| !text.is_web());
        mobile.or(app).unwrap_or(self.kind)
    }
}

/// Returns true if the text begins with the words of the mark. A number may follow directly.
fn begins_with(text: &str, mark: &str) -> bool {
    strip(text, mark).is_some_and(is_boundary)
}

/// Returns true if the text has the words of the mark anywhere.
fn holds(text: &str, mark: &str) -> bool {
    let starts = text.match_indices(mark).map(|(at, _)| at);
    starts.into_iter().any(|at| {
        let before = text[..at].chars().next_back();
        !before.is_some_and(char::is_alphanumeric) && is_boundary(&text[at + mark.len()..])
    })
}

/// Returns true if a word of the text is the mark, continued by a few capitals and digits.
fn has_model(text: &str, mark: &str) -> bool {
    text.split(|c: char| !c.is_ascii_alphanumeric()).any(|word| {
        let model = word.strip_prefix(mark).unwrap_or_default();
        let is_short = model.len() <= 4 || model.contains(|c: char| c.is_ascii_digit());
        let is_code = model.bytes().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit());
        !model.is_empty() && is_short && is_code
    })
}

fn strip<'a>(text: &'a str, mark: &str) -> Option<&'a str> {
    let (start, rest) = text.split_at_checked(mark.len())?;
    start.eq_ignore_ascii_case(mark).then_some(rest)
}

fn is_boundary(rest: &str) -> bool {
    !rest.starts_with(|next: char| next.is_alphabetic() || next == '-')
}
