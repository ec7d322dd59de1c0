//! The address of one of the two servers.

use std::net::{IpAddr, Ipv4Addr};

use url::{Host, Url};

use crate::cli::CliError;

pub(super) struct Server {
    pub name: &'static str,
    pub url: Url,
}

impl Server {
    pub(super) fn new(name: &'static str, argument: &str, url: &str) -> Result<Self, CliError> {
        let is_base = |url: &Url| {
            matches!(url.scheme(), "http" | "https")
                && url.query().or(url.fragment()).is_none()
                && url.username().is_empty()
                && url.password().is_none()
        };
        let mut url = Url::parse(url).ok().filter(is_base).ok_or_else(|| {
            let problem = "expected a URL such as http://kratos:4433/, without a user name";
            CliError::Usage(format!("{argument}: {problem}"))
        })?;
        if !url.path().ends_with('/') {
            url.set_path(&format!("{}/", url.path()));
        }
        Ok(Self { name, url })
    }

    /// Returns true if both URLs lead to one server. A port has one scheme, so the schemes need
    /// not be the same.
    pub(super) fn is_same_as(&self, other: &Self) -> bool {
        let address = |url: &Url| {
            let path = url.path().trim_end_matches('/').to_owned();
            (url.host().as_ref().map(host), url.port_or_known_default(), path)
        };
        address(&self.url) == address(&other.url)
    }
}

/// The host, with one name for the addresses that lead to this machine.
fn host(host: &Host<&str>) -> Host<String> {
    let address = match *host {
        Host::Domain(name) => {
            let name = name.trim_end_matches('.');
            if name != "localhost" && !name.ends_with(".localhost") {
                return Host::Domain(name.to_owned());
            }
            IpAddr::V4(Ipv4Addr::LOCALHOST)
        }
        Host::Ipv4(address) => IpAddr::V4(address),
        Host::Ipv6(address) if address.is_loopback() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        Host::Ipv6(address) => IpAddr::V6(address).to_canonical(),
    };
    match address {
        // Connections to the unspecified address reach this machine.
        address if address.is_unspecified() => Host::Ipv4(Ipv4Addr::LOCALHOST),
        IpAddr::V4(address) => Host::Ipv4(address),
        IpAddr::V6(address) => Host::Ipv6(address),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_same(one: &str, other: &str) -> bool {
        let server = |url| Server::new("Kratos", "--kratos", url).unwrap();
        server(one).is_same_as(&server(other))
    }

    #[test]
    fn spellings_of_one_address_are_the_same() {
        for (one, other) in [
            ("http://127.0.0.1:4433/", "http://127.0.0.1:4433"),
            ("http://127.0.0.1:4433/", "HTTP://LocalHost:4433"),
            ("http://127.0.0.1:4433/", "http://localhost.:4433//"),
            ("http://127.0.0.1:4433/", "http://127.1:4433/"),
            ("http://127.0.0.1:4433/", "http://0x7f000001:4433/"),
            ("http://127.0.0.1:4433/", "http://[::1]:4433/"),
            ("http://127.0.0.1:4433/", "http://[::ffff:127.0.0.1]:4433/"),
            ("http://127.0.0.1:4433/", "http://0.0.0.0:4433/"),
            ("http://127.0.0.1:4433/", "http://[::]:4433/"),
            ("http://127.0.0.1:4433/", "https://127.0.0.1:4433/"),
            ("http://Kratos.example.org:80", "http://kratos.example.org/"),
            ("https://kratos.example.org:443/", "https://kratos.example.org./"),
            ("http://kratos/a/../public/", "http://kratos/public"),
        ] {
            assert!(is_same(one, other), "{one} {other}");
        }
    }

    #[test]
    fn other_addresses_are_not_the_same() {
        for (one, other) in [
            ("http://127.0.0.1:4433/", "http://127.0.0.1:4434/"),
            ("http://127.0.0.1:4433/", "http://127.0.0.2:4433/"),
            ("http://127.0.0.1:4433/", "http://kratos:4433/"),
            ("http://localhost/", "http://localhost.example.org/"),
            ("http://kratos/", "https://kratos/"),
            ("http://kratos/public", "http://kratos/Public"),
            ("http://kratos/", "http://kratos/public"),
            ("http://[::1]/", "http://[::2]/"),
        ] {
            assert!(!is_same(one, other), "{one} {other}");
        }
    }
}
