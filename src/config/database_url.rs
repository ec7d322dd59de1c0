//! The database URL: parsed strictly, and shown without its secrets.
//!
//! URL parsers are lenient. One that meets `/` or `?` in a password that was not
//! percent-encoded takes the rest of the password for a path or for parameters, and quotes
//! it in a warning. The URL for the driver is therefore rebuilt from the decoded parts, and
//! ambiguous URLs are refused. No error quotes any part of the URL.

mod host;
mod kind;
mod parameters;
mod percent;

use std::fmt;

use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;

use crate::config::secrets::hidden;
use host::Host;
pub use kind::DatabaseKind;
use parameters::Parameters;
use percent::{ENCODE, decode, encode};

const EXPECTED: &str = "expected a URL that begins with sqlite://, postgres:// or mysql://";
const NO_FILE: &str = "expected the path of a file, such as sqlite://FILE";

/// A database URL. `Display` and `Debug` show it without its secrets.
#[derive(Clone, Deserialize)]
#[serde(try_from = "SecretString")]
pub struct DatabaseUrl {
    kind: DatabaseKind,
    hosts: Vec<SecretString>,
    shown: String,
}

impl DatabaseUrl {
    #[must_use]
    pub fn kind(&self) -> DatabaseKind {
        self.kind
    }

    /// One URL per host, in order. Never empty. SQLite has exactly one.
    pub fn expose_hosts(&self) -> impl Iterator<Item = &str> {
        self.hosts.iter().map(SecretString::expose_secret)
    }

    fn parse(text: &str) -> Result<Self, String> {
        let kind = match text.split_once(':') {
            Some(("sqlite", _)) => DatabaseKind::Sqlite,
            Some(("postgres" | "postgresql", _)) => DatabaseKind::Postgres,
            Some(("mysql" | "mariadb", _)) => DatabaseKind::MySql,
            _ => return Err(EXPECTED.to_owned()),
        };
        if text.chars().any(char::is_control) {
            return Err(format!("expected no control characters; {ENCODE}"));
        }
        if kind == DatabaseKind::Sqlite {
            Self::parse_file(text)
        } else {
            Self::parse_server(kind, text)
        }
    }

    fn parse_file(text: &str) -> Result<Self, String> {
        // The driver does the same.
        let rest = text.trim_start_matches("sqlite://").trim_start_matches("sqlite:");
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        let path = decode(path).ok_or_else(|| format!("expected a valid path; {ENCODE}"))?;
        let parameters = Parameters::parse(DatabaseKind::Sqlite, query)?;
        // SQLite would open a separate database for each connection.
        if path.is_empty() || path.contains(":memory:") || parameters.has("mode", "memory") {
            return Err(NO_FILE.to_owned());
        }
        let (kind, hosts) = (DatabaseKind::Sqlite, vec![text.to_owned().into()]);
        Ok(Self { kind, hosts, shown: text.to_owned() })
    }

    fn parse_server(kind: DatabaseKind, text: &str) -> Result<Self, String> {
        let Parts { scheme, credentials, hosts, path, query } = Parts::split(text)?;
        let (user, password) = match credentials.split_once(':') {
            Some((user, password)) => (user, Some(password)),
            None => (credentials, None),
        };
        let parameters = Parameters::parse(kind, query)?;
        let encoded = |part: &str, name: &str| match decode(part) {
            Some(decoded) => Ok(encode(&decoded)),
            None => Err(format!("expected a valid {name}; {ENCODE}")),
        };
        let mut login = encoded(user, "user name")?;
        let mut login_shown = user.to_owned();
        if let Some(password) = password {
            login = format!("{login}:{}", encoded(password, "password")?);
            login_shown = format!("{login_shown}:{}", hidden(password));
        }
        for login in [&mut login, &mut login_shown] {
            if !login.is_empty() {
                login.push('@');
            }
        }
        let name = path.strip_prefix('/').unwrap_or(path);
        // Any other character more likely belongs to the end of a password.
        if !name.chars().all(|char| char.is_alphanumeric() || "-._~$%".contains(char)) {
            return Err(format!("expected a valid database name; {ENCODE}"));
        }
        let database = encoded(name, "database name")?;
        let rest = format!("/{database}{}", parameters.encoded());
        let shown = format!("{scheme}://{login_shown}{hosts}{path}{}", parameters.shown());
        let url = |host: &Host| format!("{scheme}://{login}{host}{rest}").into();
        let hosts = Host::parse_all(kind, hosts, &parameters)?.iter().map(url).collect();
        Ok(Self { kind, hosts, shown })
    }
}

/// The parts of a server's URL, still encoded.
struct Parts<'a> {
    scheme: &'a str,
    credentials: &'a str,
    hosts: &'a str,
    /// Includes the leading slash.
    path: &'a str,
    query: &'a str,
}

impl<'a> Parts<'a> {
    fn split(text: &'a str) -> Result<Self, String> {
        let (scheme, rest) = text.split_once("://").ok_or(EXPECTED)?;
        let (authority, rest) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
        // These occur here only in a password that was not encoded.
        if rest.contains(['@', '#']) {
            return Err(format!("expected no @ or # after the host; {ENCODE}"));
        }
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        // Split at the last @, as drivers do.
        let (credentials, hosts) = authority.rsplit_once('@').unwrap_or(("", authority));
        Ok(Self { scheme, credentials, hosts, path, query })
    }
}

impl TryFrom<SecretString> for DatabaseUrl {
    type Error = String;

    fn try_from(text: SecretString) -> Result<Self, String> {
        Self::parse(text.expose_secret())
    }
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn urls(text: &str) -> Vec<String> {
        DatabaseUrl::parse(text).unwrap().expose_hosts().map(str::to_owned).collect()
    }

    #[test]
    fn one_url_names_several_hosts() {
        let url = "postgres://app:a,b@one:5433,two,[::1]:5434/sessions?sslmode=require&user=b,c";
        let query = "sslmode=require&user=b%2Cc";
        assert_eq!(
            urls(url),
            [
                format!("postgres://app:a%2Cb@one:5433/sessions?{query}"),
                format!("postgres://app:a%2Cb@two/sessions?{query}"),
                format!("postgres://app:a%2Cb@[::1]:5434/sessions?{query}"),
            ]
        );
        assert_eq!(urls("mysql://app@one/d"), ["mysql://app@one/d"]);
        assert_eq!(urls("mysql://one"), ["mysql://one/"]);
        assert_eq!(urls("postgres:///d?host=/run/pg"), ["postgres://localhost/d?host=%2Frun%2Fpg"]);
        assert_eq!(urls("postgres://u@%2Frun%2Fpg/d"), ["postgres://u@%2Frun%2Fpg/d"]);
    }

    #[test]
    fn the_end_of_a_password_is_no_database() {
        for url in ["postgres://u:p@ss/={:word/d", "postgres://u:p@ss/word/d", "mysql://u:p@h/a b"]
        {
            assert!(DatabaseUrl::parse(url).unwrap_err().starts_with("expected a valid database"));
        }
        assert_eq!(urls("postgres://u@h/my-db_1.x%2Fy"), ["postgres://u@h/my%2Ddb%5F1%2Ex%2Fy"]);
    }

    #[test]
    fn a_password_reaches_the_driver_as_it_was_meant() {
        for (url, password) in [
            ("postgres://u:p@ss:w%2Frd@h/d", "p%40ss%3Aw%2Frd"),
            ("postgres://u:%25[x]<>\"` ü@h/d", "%25%5Bx%5D%3C%3E%22%60%20%C3%BC"),
            ("postgres://u:@h/d", ""),
        ] {
            assert_eq!(urls(url), [format!("postgres://u:{password}@h/d")]);
        }
    }
}
