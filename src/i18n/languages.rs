//! The available languages, and the choice of one for a browser.

use std::sync::{Arc, LazyLock};

use crate::i18n::built_in;
use crate::i18n::language::Language;

/// The language of labels in API responses.
pub static ENGLISH: LazyLock<Arc<Language>> =
    LazyLock::new(|| BUILT_IN.first().cloned().unwrap_or_default());

static BUILT_IN: LazyLock<Vec<Arc<Language>>> = LazyLock::new(|| {
    built_in::all().filter_map(|text| Language::parse(text).ok()).map(Arc::new).collect()
});

/// The available languages. The first one is the default. Clones share them: the names of countries
/// alone are a thousand texts.
#[derive(Debug, Clone)]
pub struct Languages(Vec<Arc<Language>>);

impl Languages {
    /// The languages of the program, and `more`. A language in `more` replaces one with the same tag.
    #[must_use]
    pub fn with(more: Vec<Language>) -> Self {
        let mut all = BUILT_IN.clone();
        for language in more {
            match all.iter_mut().find(|known| known.tag == language.tag) {
                Some(known) => *known = Arc::new(language),
                None => all.push(Arc::new(language)),
            }
        }
        Self(all)
    }

    /// Selects the best language for an `Accept-Language` header (RFC 9110 §12.5.4), by lookup
    /// (RFC 4647 §3.4).
    #[must_use]
    pub fn best(&self, accepted: &str) -> &Language {
        let mut ranges: Vec<(f32, &str)> = accepted.split(',').filter_map(parse_range).collect();
        // The sort is stable, so that the first of several equal ranges wins.
        ranges.sort_by(|one, other| other.0.total_cmp(&one.0));
        let found = ranges.iter().find_map(|(_, range)| self.lookup(range));
        found.or_else(|| self.0.first().map(|first| &**first)).unwrap_or(&ENGLISH)
    }

    /// Finds the language of a range, or of its prefix: `de-AT`, then `de`.
    fn lookup(&self, range: &str) -> Option<&Language> {
        let mut range = range;
        loop {
            if let Some(found) = self.0.iter().find(|one| one.tag.eq_ignore_ascii_case(range)) {
                return Some(found);
            }
            range = range.rsplit_once('-')?.0;
        }
    }
}

/// Parses one range of the header into its weight and tag. `None` if its weight is 0 or invalid.
fn parse_range(text: &str) -> Option<(f32, &str)> {
    let (range, weight) = text.split_once(';').unwrap_or((text, ""));
    let weight = weight.trim().strip_prefix("q=").map_or(Some(1.0), |q| q.trim().parse().ok())?;
    (weight > 0.0).then(|| (weight, range.trim()))
}
