//! What a User-Agent says, in words that a person knows a device by.
//!
//! Browsers and systems are told by the data set of uap-core (`data/README.md`), which
//! is a part of the program: nothing is asked elsewhere. What a client calls itself is
//! no proof of anything; it helps its owner to recognise it.

mod names;

use std::borrow::Cow;
use std::sync::LazyLock;

use ua_parser::{Regexes, os, user_agent};

/// More than this is not looked at. Browsers' own have 100 to 250 bytes.
const MAX_LENGTH: usize = 512;

/// A browser, an app or a tool, and what it runs on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserAgent<'a> {
    /// Its name, and where it is an app its version, such as `Chrome`, `ExampleApp 3.2`.
    pub client: Option<Cow<'a, str>>,
    /// Such as `Windows`, `iPhone`.
    pub system: Option<Cow<'a, str>>,
    pub kind: Kind,
}

/// What kind of device it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Computer,
    Phone,
    Tablet,
    Television,
    Console,
    /// A program without a person in front of it.
    Tool,
    Unknown,
}

impl Kind {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Computer => "computer",
            Self::Phone => "phone",
            Self::Tablet => "tablet",
            Self::Television => "television",
            Self::Console => "console",
            Self::Tool => "tool",
            Self::Unknown => "unknown",
        }
    }
}

impl<'a> UserAgent<'a> {
    /// Of any text, in time linear to its length.
    #[must_use]
    pub fn read(text: &'a str) -> Self {
        let text = &text[..text.floor_char_boundary(MAX_LENGTH)];
        let client = client(text);
        let system = system(text);
        let kind = match &client {
            Some(Client::Tool(_)) => Kind::Tool,
            _ => names::kind(text, system.as_deref()),
        };
        // What its maker built in has no name of its own.
        let is_built_in = matches!(kind, Kind::Television | Kind::Console);
        let client = client.filter(|client| !(is_built_in && matches!(client, Client::Browser(_))));
        Self { client: client.map(Client::named), system, kind }
    }
}

struct Extractors {
    clients: user_agent::Extractor<'static>,
    systems: os::Extractor<'static>,
}

/// Made when first asked for, as it takes some 50 ms and 12 MB. `None` only where the
/// data set is broken, which a test would tell.
static EXTRACTORS: LazyLock<Option<Extractors>> = LazyLock::new(|| {
    let data: Regexes<'static> =
        serde_json::from_str(include_str!("../data/user-agents.json")).ok()?;
    let mut clients = user_agent::Builder::new();
    for parser in data.user_agent_parsers {
        clients = clients.push(parser).ok()?;
    }
    let mut systems = os::Builder::new();
    for parser in data.os_parsers {
        systems = systems.push(parser).ok()?;
    }
    Some(Extractors { clients: clients.build().ok()?, systems: systems.build().ok()? })
});

enum Client<'a> {
    Browser(Cow<'a, str>),
    App(Product<'a>),
    Tool(&'static str),
}

impl<'a> Client<'a> {
    fn named(self) -> Cow<'a, str> {
        match self {
            Self::Tool(name) => name.into(),
            Self::Browser(name) | Self::App(Product { name, version: "" }) => name,
            Self::App(Product { name, version }) => format!("{name} {version}").into(),
        }
    }
}

/// A name with a version (RFC 9110 §10.1.5).
struct Product<'a> {
    name: Cow<'a, str>,
    /// Its first two numbers, or nothing.
    version: &'a str,
}

impl<'a> Product<'a> {
    fn read(text: &'a str) -> Option<Self> {
        let (name, rest) = text.split_once('/').unwrap_or((text, ""));
        let name = name.trim();
        let fits = name.starts_with(|first: char| first.is_alphabetic()) && name.len() <= 40;
        let is_dot = |at: &(usize, char)| at.1 == '.';
        let numbers = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let rest = &rest[..numbers];
        let end = rest.char_indices().filter(is_dot).nth(1).map_or(rest.len(), |(at, _)| at);
        let name = if name.contains("%20") { name.replace("%20", " ").into() } else { name.into() };
        fits.then(|| Self { name, version: rest[..end].trim_end_matches('.') })
    }
}

fn client(text: &str) -> Option<Client<'_>> {
    let family = EXTRACTORS.as_ref().and_then(|known| known.clients.extract(text));
    let family = family.map(|found| found.family).filter(|family| family != "Other");
    if is_of_a_browser(text) {
        // What is built from a browser says so last, or not at all.
        let is_shell =
            matches!(family.as_deref(), Some("Electron" | "Chrome Mobile WebView") | None)
                || text.contains("; wv)");
        let own = is_shell.then(|| products(text).find(|product| !names::is_engine(&product.name)));
        return match own.flatten() {
            Some(product) => Some(Client::App(product)),
            None => family.map(|family| Client::Browser(names::browser(family))),
        };
    }
    // Such as `Example App/3.2 (…)`; what has no slash ends with its first word.
    let head = text.split(['(', ';']).next().unwrap_or_default().trim();
    let is_short = |product: &Product<'_>| product.name.split(' ').count() < 5;
    let whole = head.contains('/').then(|| Product::read(head).filter(is_short)).flatten();
    let first_word = || Product::read(head.split(' ').next().unwrap_or_default());
    let first = whole.or_else(first_word)?;
    match names::tool(&first.name) {
        Some(tool) => Some(Client::Tool(tool)),
        // The machine that apps run in on Android.
        None if first.name == "Dalvik" => None,
        None => Some(Client::App(first)),
    }
}

/// All browsers say that they are Mozilla's.
fn is_of_a_browser(text: &str) -> bool {
    text.starts_with("Mozilla/") || text.starts_with("Opera/")
}

/// What stands outside of the comments in parentheses.
fn products(text: &str) -> impl DoubleEndedIterator<Item = Product<'_>> {
    let outside = text.split('(').map(|part| part.rsplit(')').next().unwrap_or_default());
    let all: Vec<_> = outside.flat_map(str::split_whitespace).filter(|p| p.contains('/')).collect();
    all.into_iter().filter_map(Product::read)
}

fn system(text: &str) -> Option<Cow<'_, str>> {
    if let Some(device) = names::device(text) {
        return Some(device.into());
    }
    let found = EXTRACTORS.as_ref()?.systems.extract(text)?;
    names::system(found.os)
}
