//! The parts that all pages have in common.

use axum::body::Bytes;
use axum::http::header::ACCEPT_LANGUAGE;
use axum::http::{HeaderMap, HeaderValue};
use url::Url;

use crate::config;
use crate::config::BaseUrl;
use crate::i18n::{Language, Languages};

/// The state that all pages share.
pub(in crate::http) struct Ui {
    name: String,
    pub(super) sign_in: SignIn,
    languages: Languages,
    /// The style sheet, shared by all responses.
    pub(super) style: Bytes,
    /// The path of the service's own URL, without a trailing slash.
    pub(super) base: String,
    pub(super) content_security_policy: HeaderValue,
}

impl Ui {
    pub(in crate::http) fn new(settings: &config::Ui, base_url: &BaseUrl) -> Self {
        let (accent, on_accent) = (settings.accent, settings.accent.readable_on_it());
        let colours = format!(":root {{ --accent: {accent}; --on-accent: {on_accent}; }}\n");
        Self {
            name: settings.name.clone(),
            sign_in: SignIn::at(settings.sign_in_url.as_ref()),
            languages: settings.languages.clone(),
            style: (colours + include_str!("page.css")).into(),
            base: base_url.path().to_owned(),
            content_security_policy: content_security_policy(settings),
        }
    }

    /// The best language for the browser.
    fn language(&self, headers: &HeaderMap) -> &Language {
        let accepted = headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
        self.languages.best(accepted.unwrap_or_default())
    }
}

/// Allows only resources and form targets of this service itself, and forbids framing. A form may
/// lead to where people go after they have signed out, because browsers apply the policy to
/// redirects, too (<https://www.w3.org/TR/CSP3/#directive-form-action>).
fn content_security_policy(settings: &config::Ui) -> HeaderValue {
    let home = settings.home_url.as_ref().or(settings.sign_in_url.as_ref());
    let origin = home.map(|url| format!(" {}", url.origin().ascii_serialization()));
    let origin = origin.unwrap_or_default();
    let policy = format!(
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src data:; \
         form-action 'self'{origin}; base-uri 'none'; frame-ancestors 'none'"
    );
    // An origin consists of characters that a header may contain.
    HeaderValue::try_from(policy)
        .unwrap_or(const { HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'") })
}

/// The common parts of every page.
pub(super) struct Shell<'a> {
    pub language: &'a Language,
    pub name: &'a str,
    /// The path of the service's own URL, without a trailing slash.
    pub base: &'a str,
}

impl<'a> Shell<'a> {
    pub(super) fn new(ui: &'a Ui, headers: &HeaderMap) -> Self {
        Self { language: ui.language(headers), name: &ui.name, base: &ui.base }
    }

    pub(super) fn title(&self) -> String {
        let title = &self.language.page.title;
        if self.name.is_empty() { title.clone() } else { format!("{title} · {}", self.name) }
    }
}

/// The addresses where people sign in, if `ui.sign_in_url` is set.
pub(super) struct SignIn {
    pub first_factor: Option<String>,
    pub second_factor: Option<String>,
}

impl SignIn {
    /// For a second factor, `aal=aal2` is added to the query, as for Kratos's own sign-in:
    /// without it, Kratos redirects people who already have a session.
    fn at(url: Option<&Url>) -> Self {
        let with_level = |url: &Url| {
            let mut url = url.clone();
            url.query_pairs_mut().append_pair("aal", "aal2");
            url.into()
        };
        Self { first_factor: url.map(Url::to_string), second_factor: url.map(with_level) }
    }
}
