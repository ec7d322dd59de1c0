//! Parser for `User-Agent` headers: names by which people recognise their devices.
//!
//! Browsers and systems are recognised by the data set of uap-core (`data/README.md`), which
//! is compiled into the program: no other service is called. A `User-Agent` proves nothing.
//! It only helps people to recognise their devices.

mod names;

use std::borrow::Cow;
use std::sync::LazyLock;

use ua_parser::{Regexes, os, user_agent};

/// In bytes: any further text is ignored. Browsers send 100 to 250 bytes.
const MAX_LENGTH: usize = 512;

/// A browser, an app or a tool, and the system it runs on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserAgent<'a> {
    /// The name, with the version of an app: `Chrome`, `ExampleApp 3.2`.
    pub client: Option<Cow<'a, str>>,
    /// The operating system or device, such as `Windows` or `iPhone`.
    pub system: Option<Cow<'a, str>>,
    pub kind: Kind,
}

/// The kind of device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Computer,
    Phone,
    Tablet,
    Television,
    Console,
    /// A program that no person operates directly.
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
    /// Reads any text, in time linear in its length.
    #[must_use]
    pub fn read(text: &'a str) -> Self {
        let text = &text[..text.floor_char_boundary(MAX_LENGTH)];
        let client = client(text);
        let system = system(text);
        let kind = match &client {
            Some(Client::Tool(_)) => Kind::Tool,
            _ => names::kind(text, system.as_deref()),
        };
        // A browser that is built into a device has no name of its own.
        let is_built_in = matches!(kind, Kind::Television | Kind::Console);
        let client = client.filter(|client| !(is_built_in && matches!(client, Client::Browser(_))));
        Self { client: client.map(Client::into_name), system, kind }
    }
}

struct Extractors {
    clients: user_agent::Extractor<'static>,
    systems: os::Extractor<'static>,
}

/// Built on first use, because that takes about 50 ms and 12 MB. `None` only if the data set
/// is broken, which a test would detect.
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
    fn into_name(self) -> Cow<'a, str> {
        match self {
            Self::Tool(name) => name.into(),
            Self::Browser(name) | Self::App(Product { name, version: "" }) => name,
            Self::App(Product { name, version }) => format!("{name} {version}").into(),
        }
    }
}

/// A product: a name with a version (RFC 9110 §10.1.5).
struct Product<'a> {
    name: Cow<'a, str>,
    /// The first two numbers of the version, or an empty string.
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
    if is_browser(text) {
        // An app built on a browser engine names itself last, or not at all.
        let is_shell =
            matches!(family.as_deref(), Some("Electron" | "Chrome Mobile WebView") | None)
                || text.contains("; wv)");
        let own = is_shell.then(|| products(text).find(|product| !names::is_engine(&product.name)));
        return match own.flatten() {
            Some(product) => Some(Client::App(product)),
            None => family.map(|family| Client::Browser(names::browser(family))),
        };
    }
    // An app, such as `Example App/3.2 (…)`. Without a slash, the name is the first word.
    let head = text.split(['(', ';']).next().unwrap_or_default().trim();
    let has_few_words = |product: &Product<'_>| product.name.split(' ').count() < 5;
    let whole = head.contains('/').then(|| Product::read(head).filter(has_few_words)).flatten();
    let first_word = || Product::read(head.split(' ').next().unwrap_or_default());
    let first = whole.or_else(first_word)?;
    match names::tool(&first.name) {
        Some(tool) => Some(Client::Tool(tool)),
        // The virtual machine in which Android apps run.
        None if first.name == "Dalvik" => None,
        None => Some(Client::App(first)),
    }
}

/// Returns true for the text of a browser. All browsers claim to be Mozilla or Opera.
fn is_browser(text: &str) -> bool {
    text.starts_with("Mozilla/") || text.starts_with("Opera/")
}

/// The products, without the comments in parentheses.
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
