//! Texts for people, in their language. A language is one file: English and German are part of
//! the program, and the settings can name further files.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use crate::session::Json;
use crate::user_agent::{Kind, UserAgent};

/// The language of labels in API responses.
pub static ENGLISH: LazyLock<Language> =
    LazyLock::new(|| Language::parse(include_str!("i18n/en.toml")).unwrap_or_default());

static GERMAN: LazyLock<Option<Language>> =
    LazyLock::new(|| Language::parse(include_str!("i18n/de.toml")).ok());

/// All texts of one language. Every text is required.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Language {
    /// The language tag that browsers request (BCP 47), in lower case.
    pub tag: String,
    pub name: String,
    pub page: PageTexts,
    device: DeviceTexts,
    kinds: BTreeMap<String, String>,
    methods: BTreeMap<String, String>,
}

/// The texts of the sessions page.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PageTexts {
    pub title: String,
    pub intro: String,
    pub this_device: String,
    pub elsewhere: String,
    pub nowhere_else: String,
    pub sign_out: String,
    pub sign_out_of: String,
    pub sign_out_everywhere: String,
    pub everywhere_hint: String,
    pub signed_in: String,
    pub signed_in_with: String,
    pub last_active: String,
    pub active_now: String,
    pub from: String,
    pub newer: String,
    pub older: String,
    pub pages: String,
    pub done_one: String,
    pub done_others: String,
    pub not_signed_in: String,
    pub sign_in: String,
    pub not_signed_in_hint: String,
    pub second_factor: String,
    pub second_factor_hint: String,
    pub confirm: String,
    pub not_allowed: String,
    pub not_allowed_hint: String,
    pub failed: String,
    pub failed_hint: String,
    pub back: String,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct DeviceTexts {
    unknown: String,
    on: String,
}

/// One completed authentication method.
#[derive(Deserialize)]
struct Method<'a> {
    #[serde(borrow)]
    method: Cow<'a, str>,
    #[serde(borrow, default)]
    provider: Option<Cow<'a, str>>,
}

impl Language {
    /// Parses a language file. The error is one line and names the text that is missing.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut language: Self =
            toml::from_str(text).map_err(|error| error.message().to_owned())?;
        language.tag.make_ascii_lowercase();
        Ok(language)
    }

    /// Describes a device, such as `Chrome on Windows`.
    #[must_use]
    pub fn device<'a>(&'a self, device: &UserAgent<'a>) -> Cow<'a, str> {
        match (&device.client, &device.system) {
            (Some(client), Some(system)) => {
                // The client's own words come last, so that no placeholder in them is filled.
                let rest =
                    self.device.on.split("{client}").map(|part| part.replace("{system}", system));
                rest.collect::<Vec<_>>().join(client).into()
            }
            (Some(only), None) | (None, Some(only)) => only.clone(),
            (None, None) => Cow::Borrowed(&self.device.unknown),
        }
    }

    #[must_use]
    pub fn kind(&self, kind: Kind) -> &str {
        self.kinds.get(kind.as_str()).map_or(kind.as_str(), String::as_str)
    }

    /// Describes the authentication methods in the order of their completion, without adjacent
    /// duplicates. A method without a text is called by its own name.
    #[must_use]
    pub fn methods(&self, methods: &Json) -> Vec<String> {
        let methods: Vec<Method<'_>> = serde_json::from_str(methods.get()).unwrap_or_default();
        let mut words: Vec<_> = methods.iter().map(|method| self.method(method)).collect();
        words.dedup();
        words
    }

    fn method(&self, Method { method, provider }: &Method<'_>) -> String {
        let provider = provider.as_deref().filter(|provider| !provider.is_empty());
        match self.methods.get(method.as_ref()) {
            Some(words) => words.replace("{provider}", &capitalised(provider.unwrap_or(method))),
            None => method.clone().into_owned(),
        }
    }
}

/// The available languages. The first one is the default.
#[derive(Debug, Clone)]
pub struct Languages(Vec<Language>);

impl Languages {
    /// English, German and `more`. A language in `more` replaces one with the same tag.
    #[must_use]
    pub fn with(more: Vec<Language>) -> Self {
        let mut all: Vec<_> = [ENGLISH.clone()].into_iter().chain(GERMAN.clone()).collect();
        for language in more {
            match all.iter_mut().find(|known| known.tag == language.tag) {
                Some(known) => *known = language,
                None => all.push(language),
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
        found.or_else(|| self.0.first()).unwrap_or(&ENGLISH)
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

/// Capitalises the name of a provider: `google` becomes `Google`.
fn capitalised(name: &str) -> String {
    let mut rest = name.chars();
    rest.next().map_or_else(String::new, |first| first.to_uppercase().chain(rest).collect())
}
