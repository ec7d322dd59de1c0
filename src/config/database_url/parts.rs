//! The parts of a server's URL, in one of two forms.
//!
//! In a URL, user name and password are percent-encoded. In the form of Go's MySQL driver, which
//! Kratos uses, they are literal: `mysql://USER:PASSWORD@tcp(HOST:PORT)/DATABASE`
//! (<https://github.com/go-sql-driver/mysql#dsn-data-source-name>).

use std::fmt;

use crate::config::database_url::kind::DatabaseKind;
use crate::config::database_url::percent::ENCODE;

pub(super) const EXPECTED: &str =
    "expected a URL that begins with sqlite://, postgres:// or mysql://";

/// The parts, as they are written.
pub(super) struct Parts<'a> {
    pub scheme: &'a str,
    pub credentials: &'a str,
    pub address: Address<'a>,
    /// Includes the leading slash.
    pub path: &'a str,
    pub query: &'a str,
}

/// The address of the server.
#[derive(Debug, Clone, Copy)]
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
        let in_go_form = if kind == DatabaseKind::MySql { Self::go(scheme, rest) } else { None };
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
        Ok(Self { scheme, credentials, address: Address::Hosts(hosts), path, query })
    }

    /// Splits Go's form. A password may contain anything, also what looks like an address: the
    /// last address counts.
    fn go(scheme: &'a str, rest: &'a str) -> Option<Self> {
        let after = |network: &str| {
            let behind_login = rest.rfind(&format!("@{network}")).map(|at| at + 1);
            behind_login.or_else(|| rest.starts_with(network).then_some(0))
        };
        let start = after("tcp(").max(after("unix("))?;
        let (credentials, rest) = rest.split_at(start);
        let (address, rest) = rest.split_at(rest.find(")/")?);
        let (network, address) = address.split_once('(')?;
        let address = if network == "tcp" { Address::Tcp(address) } else { Address::Unix(address) };
        let rest = rest.strip_prefix(')')?;
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        let credentials = credentials.strip_suffix('@').unwrap_or_default();
        Some(Self { scheme, credentials, address, path, query })
    }
}

impl fmt::Display for Address<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Hosts(hosts) => f.write_str(hosts),
            Self::Tcp(address) => write!(f, "tcp({address})"),
            Self::Unix(path) => write!(f, "unix({path})"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(text: &str) -> [String; 4] {
        let Parts { credentials, address, path, query, .. } =
            Parts::split(DatabaseKind::MySql, text).map_err(drop).unwrap();
        [credentials.to_owned(), address.to_string(), path.to_owned(), query.to_owned()]
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
            ("mysql://tcp/d", ["", "tcp", "/d", ""]),
        ] {
            assert_eq!(split(url), [credentials, address, path, query], "{url}");
        }
    }
}
