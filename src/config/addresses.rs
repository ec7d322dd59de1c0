//! The base URL and the addresses to listen on.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;

use serde::Deserialize;
use url::{Host, Url};

/// The URL at which people reach the public API: http or https. Its path ends in a slash.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "String")]
pub struct BaseUrl(Url);

impl BaseUrl {
    /// The prefix of every route: the path without its trailing slash.
    #[must_use]
    pub fn path(&self) -> &str {
        self.0.path().trim_end_matches('/')
    }

    /// Returns true if people connect over TLS.
    #[must_use]
    pub fn is_secure(&self) -> bool {
        self.0.scheme() == "https"
    }

    /// Returns true if the URL leads to the machine on which it is opened.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        match self.0.host() {
            Some(Host::Domain(name)) => {
                let name = name.trim_end_matches('.');
                name == "localhost" || name.ends_with(".localhost")
            }
            Some(Host::Ipv4(address)) => is_this_machine(address.into()),
            Some(Host::Ipv6(address)) => is_this_machine(address.to_canonical()),
            None => false,
        }
    }

    /// The host, to which browsers send the cookies that responses set.
    pub(super) fn host(&self) -> Option<Host<&str>> {
        self.0.host()
    }

    /// The origin as browsers serialise it (RFC 6454): the scheme, the host, and the port
    /// unless it is the scheme's default.
    #[must_use]
    pub fn origin(&self) -> String {
        self.0.origin().ascii_serialization()
    }

    /// The absolute URL that a reference leads to (RFC 3986 §4.1), such as `/a` or
    /// `https://example.org/`. `None` if it is not well-formed.
    #[must_use]
    pub fn resolve(&self, reference: &str) -> Option<Url> {
        self.0.join(reference).ok()
    }

    /// The URL itself.
    #[must_use]
    pub fn as_url(&self) -> &Url {
        &self.0
    }

    /// The absolute URL of a path that is relative to the base.
    #[must_use]
    pub fn at(&self, relative: &str) -> String {
        format!("{}{relative}", self.0)
    }
}

/// Clients take the unspecified address for this machine, too.
fn is_this_machine(address: IpAddr) -> bool {
    address.is_loopback() || address.is_unspecified()
}

impl TryFrom<String> for BaseUrl {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let expected = || format!("expected a URL such as `https://example.org/`, got `{text}`");
        let mut url = Url::parse(&text).map_err(|_| expected())?;
        if !matches!(url.scheme(), "http" | "https") || url.query().or(url.fragment()).is_some() {
            return Err(expected());
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err("expected a URL without a user name and a password".to_owned());
        }
        if !url.path().ends_with('/') {
            url.set_path(&format!("{}/", url.path()));
        }
        Ok(Self(url))
    }
}

/// An address to listen on: an IP address and a port, or `unix:` and the path of a socket.
///
/// `localhost` is 127.0.0.1. An address without a host, or with `*`, is that of all interfaces.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum Listen {
    Tcp(SocketAddr),
    Unix(PathBuf),
}

impl Listen {
    /// Returns true if only this machine can connect.
    #[must_use]
    pub fn is_local(&self) -> bool {
        match self {
            Self::Tcp(address) => address.ip().to_canonical().is_loopback(),
            Self::Unix(_) => true,
        }
    }
}

impl fmt::Display for Listen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => address.fmt(f),
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}

impl TryFrom<String> for Listen {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        if let Some(path) = text.strip_prefix("unix:").filter(|path| !path.is_empty()) {
            return Ok(Self::Unix(path.into()));
        }
        let port = |port: &str| port.parse::<u16>().ok().filter(|_| !port.starts_with('+'));
        let named = text.rsplit_once(':').and_then(|(host, number)| match host {
            "localhost" => Some(SocketAddr::from((Ipv4Addr::LOCALHOST, port(number)?))),
            "" | "*" => Some(SocketAddr::from((Ipv6Addr::UNSPECIFIED, port(number)?))),
            _ => None,
        });
        named.or_else(|| text.parse().ok()).map(Self::Tcp).ok_or_else(|| {
            format!(
                "expected an IP address and a port, such as `127.0.0.1:4433`, or `unix:` and the \
                 path of a socket, got `{text}`"
            )
        })
    }
}
