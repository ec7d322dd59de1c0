//! The parts that all pages have in common.

use axum::http::header::ACCEPT_LANGUAGE;
use axum::http::{HeaderMap, HeaderValue};
use url::Url;

use crate::config;
use crate::config::{BaseUrl, TraitPath};
use crate::http::ui::assets::Assets;
use crate::http::ui::cookies::PageCookies;
use crate::http::ui::phrase::Phrase;
use crate::http::ui::sign_in::SignIn;
use crate::i18n::{Language, Languages};
use crate::identity::Identity;

/// The longest text of a trait that the page shows.
const MAX_CHARACTERS: usize = 100;

/// The state that all pages share.
pub(in crate::http) struct Ui {
    name: String,
    home: Option<String>,
    account_trait: Option<TraitPath>,
    pub(super) sign_in: SignIn,
    languages: Languages,
    has_logo: bool,
    /// The version of the style sheet, the script and the logo.
    version: String,
    pub(super) cookies: PageCookies,
    /// The path of the service's own URL, without a trailing slash.
    base: String,
    pub(super) content_security_policy: HeaderValue,
}

impl Ui {
    pub(in crate::http) fn new(settings: &config::Ui, assets: &Assets, base_url: &BaseUrl) -> Self {
        Self {
            name: settings.name.clone(),
            home: settings.home_url.as_ref().map(Url::to_string),
            account_trait: settings.account_trait.clone(),
            sign_in: SignIn::at(settings.sign_in_url.as_ref(), base_url),
            languages: settings.languages.clone(),
            has_logo: settings.logo.is_some(),
            version: assets.version.clone(),
            cookies: PageCookies::new(base_url),
            base: base_url.path().to_owned(),
            content_security_policy: content_security_policy(settings),
        }
    }

    /// The best language for the browser.
    fn language(&self, headers: &HeaderMap) -> &Language {
        let accepted = headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
        self.languages.best(accepted.unwrap_or_default())
    }

    /// The address of the sessions page with a query.
    pub(super) fn sessions(&self, query: &str) -> String {
        format!("{}/ui/sessions{query}", self.base)
    }

    /// The name of the account, if `ui.account_trait` is set and the identity has that trait.
    pub(super) fn account(&self, identity: &Identity, language: &Language) -> Option<Phrase> {
        let path = self.account_trait.as_ref()?;
        let account = path.find(&serde_json::from_str(identity.traits.get()).ok()?)?;
        let account: String = account.chars().take(MAX_CHARACTERS).collect();
        Some(Phrase::with(&language.page.signed_in_as, "{account}", &account))
    }
}

/// Allows only resources and form targets of this service itself, and forbids framing. A form may
/// lead to where people go after they have signed out, because browsers apply the policy to
/// redirects, too (<https://www.w3.org/TR/CSP3/#directive-form-action>).
fn content_security_policy(settings: &config::Ui) -> HeaderValue {
    let home = settings.home_url.as_ref().or(settings.sign_in_url.as_ref());
    let origin = home.map(|url| format!(" {}", url.origin().ascii_serialization()));
    let origin = origin.unwrap_or_default();
    let own_pictures = if settings.logo.is_some() { "'self' " } else { "" };
    let policy = format!(
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src {own_pictures}data:; \
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
    pub home: Option<&'a str>,
    pub has_logo: bool,
    /// The version of the style sheet, the script and the logo.
    pub version: &'a str,
    /// The path of the service's own URL, without a trailing slash.
    pub base: &'a str,
}

impl<'a> Shell<'a> {
    pub(super) fn new(ui: &'a Ui, headers: &HeaderMap) -> Self {
        Self {
            language: ui.language(headers),
            name: &ui.name,
            home: ui.home.as_deref(),
            has_logo: ui.has_logo,
            version: &ui.version,
            base: &ui.base,
        }
    }

    pub(super) fn title(&self) -> String {
        let title = &self.language.page.title;
        if self.name.is_empty() { title.clone() } else { format!("{title} · {}", self.name) }
    }

    /// The words of the link home.
    pub(super) fn way_home(&self) -> String {
        let texts = &self.language.page;
        if self.name.is_empty() {
            texts.home_unnamed.clone()
        } else {
            texts.home.replace("{name}", self.name)
        }
    }
}
