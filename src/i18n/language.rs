//! One language: its texts, and what they say about devices, methods, times and places.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Deserialize;
use time::OffsetDateTime;
use toml::{Table, Value};

use crate::i18n::built_in;
use crate::i18n::counted::{Counted, Plurals};
use crate::i18n::elapsed::Elapsed;
use crate::i18n::methods::Method;
use crate::i18n::texts::{Counts, DeviceTexts, Direction, PageTexts};
use crate::session::Json;
use crate::user_agent::{Kind, UserAgent};

/// All texts of one language.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Language {
    /// The language tag that browsers request (BCP 47), in lower case.
    pub tag: String,
    pub name: String,
    pub direction: Direction,
    pub page: PageTexts,
    pub counts: Counts,
    plurals: Plurals,
    device: DeviceTexts,
    kinds: BTreeMap<String, String>,
    methods: BTreeMap<String, String>,
    /// The names of countries by their ISO 3166-1 code.
    countries: BTreeMap<String, String>,
}

impl Language {
    /// Parses a language file. Texts that it lacks are those of the program's language with the
    /// same tag, or English. The error is one line and names the text that is unknown or wrong.
    pub fn parse(text: &str) -> Result<Self, String> {
        let one_line = |error: toml::de::Error| error.message().to_owned();
        let file: Table = toml::from_str(text).map_err(one_line)?;
        for key in ["tag", "name"] {
            let is_there = file.get(key).is_some_and(|value| value.as_str() != Some(""));
            if !is_there {
                return Err(format!("it has no `{key}`"));
            }
        }
        let tag = file.get("tag").and_then(Value::as_str).unwrap_or_default();
        let mut texts = built_in::texts_for(tag).map_err(one_line)?;
        built_in::replace(&mut texts, file);
        let mut language: Self = texts.try_into().map_err(one_line)?;
        language.tag.make_ascii_lowercase();
        Ok(language)
    }

    /// The text for this number, which is its `{count}`.
    #[must_use]
    pub fn count(&self, texts: &Counted, count: u64) -> String {
        self.plurals.text(texts, count)
    }

    /// Describes how long ago something was, such as `2 hours ago`.
    #[must_use]
    pub fn ago(&self, then: OffsetDateTime, now: OffsetDateTime) -> String {
        let Counts { minutes, hours, days, months, years, .. } = &self.counts;
        let (texts, count) = match Elapsed::between(then, now) {
            Elapsed::Now => (&self.counts.now, 0),
            Elapsed::Minutes(count) => (minutes, count),
            Elapsed::Hours(count) => (hours, count),
            Elapsed::Days(count) => (days, count),
            Elapsed::Months(count) => (months, count),
            Elapsed::Years(count) => (years, count),
        };
        self.count(texts, count)
    }

    /// Describes a place with its country in words: `Lisbon, PT` is `Lisbon, Portugal`. A place
    /// that does not end in the code of a country stays as it is.
    #[must_use]
    pub fn place<'a>(&'a self, place: &'a str) -> Cow<'a, str> {
        let (city, code) = place.rsplit_once(", ").unwrap_or(("", place));
        match self.countries.get(code) {
            None => Cow::Borrowed(place),
            Some(country) if city.is_empty() => Cow::Borrowed(country),
            Some(country) => format!("{city}, {country}").into(),
        }
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
    /// duplicates.
    #[must_use]
    pub fn methods(&self, methods: &Json) -> Vec<String> {
        let methods: Vec<Method<'_>> = serde_json::from_str(methods.get()).unwrap_or_default();
        let mut words: Vec<_> =
            methods.iter().map(|method| method.describe(&self.methods)).collect();
        words.dedup();
        words
    }
}
