//! The tables of names in `data/device-names.toml`.

use std::collections::{BTreeMap, HashMap};
use std::sync::LazyLock;

use serde::Deserialize;

use crate::user_agent::system::System;
use crate::user_agent::text::{Product, Text};

/// The maximum length of the name of an app or browser, in characters.
pub(super) const MAX_LENGTH: usize = 40;

type Table = BTreeMap<String, String>;

/// The file, in its own form.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    silent: Vec<String>,
    web_views: Vec<String>,
    plain_browsers: Vec<String>,
    name_holders: Table,
    platforms: Table,
    browsers: Table,
    apps: Table,
    families: Table,
    only_on: BTreeMap<String, Vec<String>>,
    needs: Table,
    not_with: Table,
    tools: Table,
    libraries: Table,
    bots: Table,
    systems: Vec<System>,
}

/// The meaning of a product's name.
pub(super) enum Role {
    /// It says nothing about the app.
    Silent,
    /// It says that the app shows web pages, and nothing more.
    WebView,
    /// Its value is the name of an app. The value of the named product is the version.
    NameHolder(String),
    Browser(String),
    App(String),
    Tool(String),
    Library(String),
    Bot(String),
}

#[derive(Default)]
pub(super) struct Names {
    /// By names in lower case.
    roles: HashMap<String, Role>,
    platforms: HashMap<String, String>,
    families: Table,
    only_on: BTreeMap<String, Vec<String>>,
    needs: Table,
    not_with: Table,
    plain_browsers: Vec<String>,
    pub systems: Vec<System>,
}

/// Read on first use, because that takes about a millisecond. Empty only if the file is broken,
/// which a test would detect.
pub(super) static NAMES: LazyLock<Names> = LazyLock::new(|| {
    let file = toml::from_str(include_str!("../../data/device-names.toml"));
    Names::from(file.unwrap_or_else(|_| File::default()))
});

impl From<File> for Names {
    fn from(file: File) -> Self {
        let silent = file.silent.into_iter().map(|name| (name, Role::Silent));
        let web_views = file.web_views.into_iter().map(|name| (name, Role::WebView));
        let table = |table: Table, role: fn(String) -> Role| {
            table.into_iter().map(move |(name, value)| (name, role(value)))
        };
        let roles = silent
            .chain(web_views)
            .chain(table(file.name_holders, Role::NameHolder))
            .chain(table(file.browsers, Role::Browser))
            .chain(table(file.apps, Role::App))
            .chain(table(file.tools, Role::Tool))
            .chain(table(file.libraries, Role::Library))
            .chain(table(file.bots, Role::Bot));
        let platforms = file.platforms.into_iter();
        Self {
            roles: roles.map(|(name, role)| (name.to_lowercase(), role)).collect(),
            platforms: platforms.map(|(word, system)| (word.to_lowercase(), system)).collect(),
            families: file.families,
            only_on: file.only_on,
            needs: file.needs,
            not_with: file.not_with,
            plain_browsers: file.plain_browsers,
            systems: file.systems,
        }
    }
}

impl Names {
    pub(super) fn role(&self, name: &str) -> Option<&Role> {
        self.roles.get(&name.to_lowercase())
    }

    /// The system of a text. The first entry that matches counts.
    pub(super) fn system(&self, text: &Text<'_>) -> Option<&System> {
        self.systems.iter().find(|system| system.is_named_in(text))
    }

    /// The number of the product's last words that name a system.
    pub(super) fn system_words(&self, product: &Product<'_>) -> Option<usize> {
        self.systems.iter().find_map(|system| system.words_in(product))
    }

    /// The system that the last word of an app's name stands for, such as `iOS`.
    pub(super) fn platform(&self, word: &str) -> Option<&System> {
        let name = self.platforms.get(&word.to_lowercase())?;
        // The last entry of a name is the general one.
        self.systems.iter().rfind(|system| system.name == *name)
    }

    /// The common name of a browser that uap-core recognised. `None` if the text says nothing
    /// about a browser, or if that browser does not exist on the system.
    pub(super) fn browser(
        &self,
        family: String,
        text: &Text<'_>,
        system: Option<&System>,
    ) -> Option<String> {
        let name = self.families.get(&family).cloned().unwrap_or(family);
        let exists = self
            .only_on
            .get(&name)
            .is_none_or(|systems| system.is_some_and(|system| systems.contains(&system.name)));
        let is_certain = self.needs.get(&name).is_none_or(|needed| text.has(needed))
            && !self.not_with.get(&name).is_some_and(|other| text.has(other));
        let fits = (1..=MAX_LENGTH).contains(&name.chars().count());
        (exists && is_certain && fits).then_some(name)
    }

    /// The browser whose product stands alone, as in `Chrome/131`, which uap-core does not accept.
    pub(super) fn plain_browser(&self, text: &Text<'_>) -> Option<&str> {
        let is_view = text.has("Version") || text.system_parts().contains(&"wv");
        let browsers = self.plain_browsers.iter().map(String::as_str);
        browsers.filter(|_| !is_view).find(|name| text.has(name))
    }
}
