//! Parser for `User-Agent` headers: names by which people recognise their devices.
//!
//! The tables of names and the data set of uap-core (`data/README.md`) are compiled into the
//! program: no other service is called. A `User-Agent` proves nothing. It only helps people to
//! recognise their devices.

mod app;
mod bot;
mod client;
mod families;
mod kind;
mod names;
mod printable;
mod system;
mod text;

use std::borrow::Cow;
use std::sync::{LazyLock, OnceLock};

pub use crate::user_agent::kind::Kind;

use crate::user_agent::app::App;
use crate::user_agent::client::Client;
use crate::user_agent::families::FAMILIES;
use crate::user_agent::names::NAMES;
use crate::user_agent::printable::printable;
use crate::user_agent::text::Text;

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

impl<'a> UserAgent<'a> {
    /// Reads any text, in time linear in its length.
    #[must_use]
    pub fn read(text: &'a str) -> Self {
        let text = &text[..text.floor_char_boundary(MAX_LENGTH)];
        match printable(text) {
            Cow::Borrowed(text) => Self::read_printable(text),
            Cow::Owned(text) => UserAgent::read_printable(&text).into_owned(),
        }
    }

    fn read_printable(whole: &'a str) -> Self {
        let text = Text::read(whole);
        let system = NAMES.system(&text);
        let client = Client::read(&text, whole, system);
        let system = match &client {
            // The system is only an example of those that the bot pretends to be.
            Some(Client::Bot(_)) => None,
            Some(Client::App(App { platform, .. })) => system.or(*platform),
            _ => system,
        };
        let kind = match (&client, system) {
            (Some(Client::Tool(_) | Client::Bot(_)), _) | (Some(Client::Library(_)), None) => {
                Kind::Tool
            }
            (_, system) => system.map_or(Kind::Unknown, |system| system.kind(&text)),
        };
        let system = system.map(|system| Cow::Borrowed(system.name.as_str()));
        let client = client.filter(|client| match client {
            // A browser that is built into a device has no name of its own.
            Client::Known(name) => {
                !matches!(kind, Kind::Television | Kind::Console) && Some(name) != system.as_ref()
            }
            Client::Library(_) => system.is_none(),
            _ => true,
        });
        Self { client: client.map(Client::into_name), system, kind }
    }

    fn into_owned(self) -> UserAgent<'static> {
        let owned = |name: Cow<'a, str>| Cow::Owned(name.into_owned());
        UserAgent {
            client: self.client.map(owned),
            system: self.system.map(owned),
            kind: self.kind,
        }
    }
}

/// Reads the tables and the data set, which takes about 50 ms. Otherwise, the first label does.
pub fn load() {
    LOADED.get_or_init(|| {
        LazyLock::force(&NAMES);
        LazyLock::force(&FAMILIES);
    });
}

/// Completes when labels can be read without delay. Meanwhile, no thread of the runtime is blocked.
pub async fn ready() {
    if LOADED.get().is_none() {
        // It fails only while the process stops.
        let _ = tokio::task::spawn_blocking(load).await;
    }
}

static LOADED: OnceLock<()> = OnceLock::new();
