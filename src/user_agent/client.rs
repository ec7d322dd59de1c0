//! The browser, app or tool of a `User-Agent`.

use std::borrow::Cow;

use crate::user_agent::app::{App, role};
use crate::user_agent::bot;
use crate::user_agent::families::{family, is_name_of};
use crate::user_agent::names::{NAMES, Role};
use crate::user_agent::system::System;
use crate::user_agent::text::{Product, Text};

/// The doubt about a name that may be any word.
const WORD: u8 = 2;

pub(super) enum Client<'a> {
    /// A browser, or an app that people know by another name than the one that it sends.
    Known(Cow<'a, str>),
    App(App<'a>),
    Tool(&'static str),
    /// A library in an app that does not name itself.
    Library(&'static str),
    Bot(Cow<'a, str>),
}

impl<'a> Client<'a> {
    pub(super) fn read(text: &Text<'a>, whole: &'a str, system: Option<&System>) -> Option<Self> {
        if let Some(bot) = bot::read(text, whole) {
            return Some(Self::Bot(bot));
        }
        let is_phone = system.is_some_and(|system| system.is_feature_phone(text));
        let claims: Vec<Claim<'a>> = text.products[usize::from(is_phone)..]
            .iter()
            .enumerate()
            .filter_map(|(at, product)| Claim::of(product, at == 0, text))
            // The other products of these phones are parts of their software.
            .filter(|claim| !is_phone || matches!(claim, Claim::Known(_)))
            .collect();
        if text.is_web() { Self::of_web(claims, text, whole, system) } else { Self::of_app(claims) }
    }

    /// The client that sends the text of a browser engine. An app that shows web pages adds its
    /// name to that text.
    fn of_web(
        claims: Vec<Claim<'a>>,
        text: &Text<'a>,
        whole: &'a str,
        system: Option<&System>,
    ) -> Option<Self> {
        let browser = |family| NAMES.browser(family, text, system).map(|n| Self::Known(n.into()));
        let is_view = claims.iter().any(|claim| matches!(claim, Claim::Known(Role::WebView)));
        let known = claims.iter().find_map(Claim::browser).map(|name| Self::Known(name.into()));
        let tool = claims.iter().find_map(Claim::tool).map(Self::Tool);
        let mut apps: Vec<_> = claims.into_iter().filter_map(Claim::app).collect();
        apps.sort_by_key(Self::doubt);
        let best = apps.into_iter().next();
        let (app, word) = match best {
            Some(app) if app.doubt() < WORD => (Some(app), None),
            other => (None, other),
        };
        if let Some(Self::App(app)) = &app
            && let Some(family) = family(whole).filter(|family| is_name_of(&app.name, family))
            && let Some(browser) = browser(family)
        {
            return Some(browser);
        }
        let named = app.or(tool).or(known);
        let plain = || NAMES.plain_browser(text).map(|name| Self::Known(name.into()));
        let guess = || family(whole).and_then(browser).or_else(plain).filter(|_| !is_view);
        named.or_else(guess).or(word)
    }

    /// The doubt that a name is the app's: none if it has a version, the most if it is a word in
    /// lower case.
    fn doubt(&self) -> u8 {
        match self {
            Self::App(App { name, version: "", .. }) => {
                if name.starts_with(char::is_lowercase) {
                    WORD
                } else {
                    WORD - 1
                }
            }
            _ => 0,
        }
    }

    /// The client that sends a text of its own. It names itself before its libraries.
    fn of_app(claims: Vec<Claim<'a>>) -> Option<Self> {
        let library = claims.iter().find_map(|claim| match claim {
            Claim::Known(Role::Library(name)) => Some(Self::Library(name)),
            _ => None,
        });
        let named = claims.into_iter().find_map(|claim| match (claim.tool(), claim.browser()) {
            (Some(tool), _) => Some(Self::Tool(tool)),
            (_, Some(browser)) => Some(Self::Known(browser.into())),
            _ => claim.app(),
        });
        named.or(library)
    }
}

impl<'a> Client<'a> {
    pub(super) fn into_name(self) -> Cow<'a, str> {
        match self {
            Self::Tool(name) | Self::Library(name) => name.into(),
            Self::Known(name) | Self::Bot(name) | Self::App(App { name, version: "", .. }) => name,
            Self::App(App { name, version, .. }) => format!("{name} {version}").into(),
        }
    }
}

/// The meaning of a product.
enum Claim<'a> {
    Known(&'static Role),
    App(App<'a>),
}

impl<'a> Claim<'a> {
    fn of(product: &Product<'a>, is_first: bool, text: &Text<'a>) -> Option<Self> {
        let (last, before) = product.words.split_last()?;
        let is_web = text.is_web();
        let bare = |words: &[&'a str]| App::new(words, None).map(Self::App);
        if let Some(count) = NAMES.system_words(product).filter(|_| before.last() != Some(&"for")) {
            // As in `ExampleApp Android/14`.
            let own = &product.words[..product.words.len() - count];
            return if is_web { None } else { bare(own) };
        }
        let known = role(&product.words.join(" ")).or_else(|| role(last));
        match known {
            Some(Role::NameHolder(holder)) => {
                let (name, version) = product.version?.split_once('/').unzip();
                let holder = text.products.iter().find(|product| product.is(holder));
                let version = version.or_else(|| holder?.version);
                let name = name.or(product.version)?;
                let app = || App::new(&[name], version);
                role(name).map(Self::Known).or_else(|| app().map(Self::App))
            }
            // As in `ExampleApp Mozilla/5.0`.
            Some(Role::Silent) if is_first && is_web && !before.is_empty() => bare(before),
            // As in `Example Mobile/3.2`.
            Some(Role::Silent | Role::Browser(_)) if is_first && !is_web && !before.is_empty() => {
                App::new(&product.words, product.version).map(Self::App)
            }
            Some(role) => Some(Self::Known(role)),
            None if is_web && product.version.is_none() && is_remark(last) => None,
            None => App::of(product).map(Self::App),
        }
    }

    fn app(self) -> Option<Client<'a>> {
        match self {
            Self::App(app) => Some(Client::App(app)),
            Self::Known(Role::App(name)) => Some(Client::Known(name.into())),
            Self::Known(_) => None,
        }
    }

    fn browser(&self) -> Option<&'static str> {
        if let Self::Known(Role::Browser(name)) = self { Some(name) } else { None }
    }

    fn tool(&self) -> Option<&'static str> {
        if let Self::Known(Role::Tool(name)) = self { Some(name) } else { None }
    }
}

/// Returns true for a word without a version that is no name, such as `[en]` or `3gpp-gba`.
fn is_remark(word: &str) -> bool {
    word.len() < 3 || word.contains(':') || !word.starts_with(char::is_alphabetic)
}
