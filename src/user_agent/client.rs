//! The browser, app or tool of a `User-Agent`.

use std::borrow::Cow;

use crate::user_agent::app::{App, role};
use crate::user_agent::bot;
use crate::user_agent::families::{family, is_name_of};
use crate::user_agent::names::{NAMES, Role};
use crate::user_agent::system::System;
use crate::user_agent::text::{Product, Text};

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
        let known = claims.iter().find_map(Claim::browser).map(Cow::Borrowed);
        let tool = claims.iter().find_map(Claim::tool);
        // A name with a version is more likely to be the app's than a word without one.
        let (versioned, bare): (Vec<_>, Vec<_>) = claims
            .into_iter()
            .filter_map(Claim::app)
            .partition(|client| !matches!(client, Self::App(App { version: "", .. })));
        match versioned.into_iter().chain(bare).next() {
            Some(Self::App(app)) => {
                Some(match family(whole).filter(|f| is_name_of(&app.name, f)) {
                    Some(family) => browser(family)?,
                    None => Self::App(app),
                })
            }
            Some(known) => Some(known),
            None if tool.is_some() => tool.map(Self::Tool),
            None if known.is_some() => known.map(Self::Known),
            None if is_view => None,
            None => family(whole).and_then(browser),
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
                let holder = text.products.iter().find(|product| product.is(&[holder]));
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

/// Returns true for a word without a version that is unlikely to be a name, such as `rekonq`.
fn is_remark(word: &str) -> bool {
    word.starts_with(|first: char| first.is_lowercase() || !first.is_alphabetic())
}
