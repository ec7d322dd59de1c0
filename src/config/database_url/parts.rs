//! The parts of a server's URL, in one of two forms.
//!
//! In a URL, user name and password are percent-encoded. In the form of Go's MySQL driver, which
//! Kratos uses, they are literal: `mysql://USER:PASSWORD@tcp(HOST:PORT)/DATABASE`. The address is
//! optional there, and so is the network before it
//! (<https://github.com/go-sql-driver/mysql#dsn-data-source-name>).

use crate::config::database_url::kind::DatabaseKind;
use crate::config::database_url::percent::ENCODE;

pub(super) const EXPECTED: &str =
    "expected a URL that begins with sqlite://, postgres:// or mysql://";

/// The addresses that Go's driver takes if none is written.
const TCP_DEFAULT: &str = "127.0.0.1:3306";
const UNIX_DEFAULT: &str = "/tmp/mysql.sock";

/// The parts, as they are written.
pub(super) struct Parts<'a> {
    pub scheme: &'a str,
    pub credentials: &'a str,
    pub address: Address<'a>,
    /// The address as it is written.
    pub written: &'a str,
    /// Includes the leading slash.
    pub path: &'a str,
    pub query: &'a str,
}

/// The address of the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Address<'a> {
    /// In a URL: one host, or several.
    Hosts(&'a str),
    /// In Go's form.
    Tcp(&'a str),
    /// In Go's form: the path of a socket.
    Unix(&'a str),
}

impl<'a> Parts<'a> {
    pub(super) fn split(kind: DatabaseKind, text: &'a str) -> Result<Self, String> {
        let (scheme, rest) = text.split_once("://").ok_or(EXPECTED)?;
        let in_go_form = if kind == DatabaseKind::MySql { Self::go(scheme, rest)? } else { None };
        in_go_form.map_or_else(|| Self::url(scheme, rest), Ok)
    }

    fn url(scheme: &'a str, rest: &'a str) -> Result<Self, String> {
        let (authority, rest) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
        // These occur here only in a password that was not encoded.
        if rest.contains(['@', '#']) {
            return Err(format!("expected no @ or # after the host; {ENCODE}"));
        }
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        // Split at the last @, as drivers do.
        let (credentials, hosts) = authority.rsplit_once('@').unwrap_or(("", authority));
        let address = Address::Hosts(hosts);
        Ok(Self { scheme, credentials, address, written: hosts, path, query })
    }

    /// Splits Go's form. A password may contain anything, also an @ and what looks like an address:
    /// the last address counts.
    fn go(scheme: &'a str, rest: &'a str) -> Result<Option<Self>, String> {
        let starts = rest.rmatch_indices('@').map(|(at, _)| at + 1).chain([0]);
        let Some((start, written)) = starts
            .into_iter()
            .find_map(|start| written_address(&rest[start..]).map(|written| (start, written)))
        else {
            return Ok(None);
        };
        let rest_of = &rest[start + written.len()..];
        let (path, query) = rest_of.split_once('?').unwrap_or((rest_of, ""));
        // Our driver's own parameter, in a URL.
        if written.is_empty() && query.split('&').any(|pair| pair.starts_with("socket=")) {
            return Ok(None);
        }
        let (network, address) = written.split_once('(').unwrap_or((written, ")"));
        let address = match (network, address.strip_suffix(')').unwrap_or(address)) {
            ("" | "tcp" | "tcp4" | "tcp6", "") => Address::Tcp(TCP_DEFAULT),
            ("" | "tcp" | "tcp4" | "tcp6", address) => Address::Tcp(address),
            ("unix", "") => Address::Unix(UNIX_DEFAULT),
            ("unix", address) => Address::Unix(address),
            _ => return Err("expected tcp or unix before the parentheses".to_owned()),
        };
        let credentials = rest[..start].strip_suffix('@').unwrap_or_default();
        Ok(Some(Self { scheme, credentials, address, written, path, query }))
    }
}

/// The address in Go's form, `[NETWORK[(ADDRESS)]]`, with which the text begins. `None` if it is a
/// host, as in a URL.
fn written_address(text: &str) -> Option<&str> {
    let network = text.len() - text.trim_start_matches(|c: char| c.is_ascii_alphanumeric()).len();
    let (network, rest) = text.split_at(network);
    if rest.starts_with('(') {
        let end = network.len() + rest.find(")/")? + 1;
        return Some(&text[..end]);
    }
    let ends = rest.is_empty() || rest.starts_with(['/', '?']);
    let is_network = match network {
        "" => rest.starts_with('/'),
        "tcp" | "unix" => ends,
        _ => false,
    };
    is_network.then_some(network)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(text: &str) -> [String; 4] {
        let Parts { credentials, written, path, query, .. } =
            Parts::split(DatabaseKind::MySql, text).map_err(drop).unwrap();
        [credentials, written, path, query].map(str::to_owned)
    }

    #[test]
    fn in_gos_form_the_password_is_all_up_to_the_last_address() {
        for (url, [credentials, address, path, query]) in [
            ("mysql://u:p@tcp(h:3306)/d?a=b", ["u:p", "tcp(h:3306)", "/d", "a=b"]),
            ("mysql://u:p/#?:@%2F@tcp(h)/d", ["u:p/#?:@%2F", "tcp(h)", "/d", ""]),
            ("mysql://u:@tcp(x)/y@tcp(h)/", ["u:@tcp(x)/y", "tcp(h)", "/", ""]),
            ("mysql://u:@tcp(x)/y@unix(/s)/d", ["u:@tcp(x)/y", "unix(/s)", "/d", ""]),
            ("mysql://tcp([::1]:3306)/d?x=/)/", ["", "tcp([::1]:3306)", "/d", "x=/)/"]),
        ] {
            assert_eq!(split(url), [credentials, address, path, query], "{url}");
        }
    }

    #[test]
    fn without_an_address_in_gos_form_it_is_a_url() {
        for (url, [credentials, address, path, query]) in [
            ("mysql://u:p@h:3306/d?a=b", ["u:p", "h:3306", "/d", "a=b"]),
            ("mysql://u:x@tcp(y@h/d", ["u:x@tcp(y", "h", "/d", ""]),
            ("mysql://tcp.example/d", ["", "tcp.example", "/d", ""]),
            ("mysql://tcp:3306/d", ["", "tcp:3306", "/d", ""]),
            ("mysql://u:p%20@/d?socket=/s", ["u:p%20", "", "/d", "socket=/s"]),
            ("mysql://u:p@unix.example", ["u:p", "unix.example", "", ""]),
        ] {
            assert_eq!(split(url), [credentials, address, path, query], "{url}");
        }
    }

    #[test]
    fn an_address_that_is_left_out_is_that_of_gos_driver() {
        let tcp = Address::Tcp(TCP_DEFAULT);
        for (url, credentials, expected) in [
            ("mysql://u:p@tcp/d", "u:p", tcp),
            ("mysql://u:p@tcp", "u:p", tcp),
            ("mysql://u:p@tcp?parseTime=true", "u:p", tcp),
            ("mysql://u:p@tcp()/d", "u:p", tcp),
            ("mysql://u:p@()/d", "u:p", tcp),
            ("mysql://u:p@/d", "u:p", tcp),
            ("mysql://u:p@/", "u:p", tcp),
            ("mysql:///d", "", tcp),
            ("mysql://tcp/d", "", tcp),
            ("mysql://u:p@ss/w@ord:?#@/d", "u:p@ss/w@ord:?#", tcp),
            ("mysql://u:p@/x@tcp/d", "u:p@/x", tcp),
            ("mysql://u:p@(h:3306)/d", "u:p", Address::Tcp("h:3306")),
            ("mysql://u:p@([::1]:3306)/d", "u:p", Address::Tcp("[::1]:3306")),
            ("mysql://u:p@tcp6([::1]:3306)/d", "u:p", Address::Tcp("[::1]:3306")),
            ("mysql://u:p@unix/d", "u:p", Address::Unix(UNIX_DEFAULT)),
            ("mysql://u:p@unix()/d", "u:p", Address::Unix(UNIX_DEFAULT)),
            ("mysql://u:p@unix(/run/s)/d", "u:p", Address::Unix("/run/s")),
        ] {
            let parts = Parts::split(DatabaseKind::MySql, url).map_err(drop).unwrap();
            assert_eq!((parts.credentials, parts.address), (credentials, expected), "{url}");
        }
    }

    #[test]
    fn another_network_is_refused_by_its_name() {
        for url in ["mysql://u:p@cloudsql(a:b:c)/d", "mysql://u:p@udp(h:1)/d"] {
            let error = Parts::split(DatabaseKind::MySql, url).map(drop).unwrap_err();
            assert_eq!(error, "expected tcp or unix before the parentheses");
        }
    }
}
