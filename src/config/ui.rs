//! Settings of the page of sessions.

use std::fmt;
use std::path::Path;

use serde::Deserialize;
use serde::de::{Deserializer, Error};
use url::Url;

use crate::config::logo::Logo;
use crate::config::return_url::ReturnUrl;
use crate::config::trait_path::TraitPath;
use crate::config::{deserializers, logo, stylesheet, text_file};
use crate::i18n::{Language, Languages};

/// The availability, the appearance and the languages of the page.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ui {
    #[serde(deserialize_with = "deserializers::optional_flag")]
    pub(super) enabled: Option<bool>,
    pub name: String,
    pub accent: Colour,
    #[serde(deserialize_with = "logo::logo")]
    pub logo: Option<Logo>,
    #[serde(deserialize_with = "stylesheet::stylesheet")]
    pub stylesheet: Option<String>,
    /// The trait by which people recognise their account.
    #[serde(deserialize_with = "deserializers::none_if_empty")]
    pub account_trait: Option<TraitPath>,
    #[serde(deserialize_with = "deserializers::optional_web_address")]
    pub sign_in_url: Option<Url>,
    #[serde(deserialize_with = "deserializers::optional_web_address")]
    pub home_url: Option<Url>,
    pub allowed_return_urls: Vec<ReturnUrl>,
    #[serde(deserialize_with = "languages")]
    pub languages: Languages,
}

/// An RGB colour, such as `#1a4fb4`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Colour([u8; 3]);

impl Colour {
    /// The text colour for this background: black or white, whichever has more contrast
    /// (<https://www.w3.org/TR/WCAG22/#dfn-relative-luminance>).
    #[must_use]
    pub fn readable_on_it(self) -> Self {
        let linear = self.0.map(|value| {
            let value = f64::from(value) / 255.0;
            if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        });
        let luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
        // Black and white have the same contrast at the luminance l for which
        // (1 + 0.05) / (l + 0.05) = (l + 0.05) / 0.05.
        if luminance > 0.179 { Self([0; 3]) } else { Self([255; 3]) }
    }
}

impl TryFrom<String> for Colour {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let problem = || format!("expected a colour such as `#1a4fb4`, got `{text}`");
        let digits = text.strip_prefix('#').filter(|digits| digits.len() == 6);
        let digits = digits.filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()));
        let number = u32::from_str_radix(digits.ok_or_else(problem)?, 16).map_err(|_| problem())?;
        let [_, red, green, blue] = number.to_be_bytes();
        Ok(Self([red, green, blue]))
    }
}

impl fmt::Display for Colour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [red, green, blue] = self.0;
        write!(f, "#{red:02x}{green:02x}{blue:02x}")
    }
}

/// The languages of the program, and those read from files.
fn languages<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Languages, D::Error> {
    let files = Vec::<String>::deserialize(deserializer)?.into_iter().map(|file| {
        let text = text_file::read(Path::new(&file)).map_err(str::to_owned);
        let language = text.and_then(|text| Language::parse(&text));
        language.map_err(|problem| {
            D::Error::custom(format!("expected files of texts, but {file} is none: {problem}"))
        })
    });
    Ok(Languages::with(files.collect::<Result<_, _>>()?))
}
