//! The database URL: parsed strictly, and shown without its secrets.
//!
//! URL parsers forgive much. One that meets `/` or `?` in a password that was not
//! percent-encoded takes the rest of it for a path or for parameters, and quotes it in a
//! warning. So what a driver gets is written anew from the decoded parts, and what could
//! be read in two ways is refused. No error quotes any part of the URL.

mod parameters;
mod percent;

use std::fmt;

use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;

use super::secrets::hidden;
use parameters::Parameters;
use percent::{decode, encode};

const ENCODE: &str = "percent-encode special characters in user names, passwords and file names, \
                      such as %2F for / and %25 for %";
const EXPECTED: &str = "expected a URL that begins with sqlite://, postgres:// or mysql://";
const NO_FILE: &str = "expected the path of a file, such as sqlite://FILE";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DatabaseKind {
    Sqlite,
    Postgres,
    MySql,
}

/// `Display` and `Debug` show it without its secrets.
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

    /// A URL for each of its hosts, in their order. Never empty; of SQLite one.
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
        // As the driver does.
        let rest = text.trim_start_matches("sqlite://").trim_start_matches("sqlite:");
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        let path = decode(path).ok_or_else(|| format!("expected another path; {ENCODE}"))?;
        let parameters = Parameters::parse(DatabaseKind::Sqlite, query)?;
        // SQLite keeps what has no name to itself, for each connection another.
        if path.is_empty() || path.contains(":memory:") || parameters.has("mode", "memory") {
            return Err(NO_FILE.to_owned());
        }
        let (kind, hosts) = (DatabaseKind::Sqlite, vec![text.to_owned().into()]);
        Ok(Self { kind, hosts, shown: text.to_owned() })
    }

    fn parse_server(kind: DatabaseKind, text: &str) -> Result<Self, String> {
        let Some((scheme, rest)) = text.split_once("://") else { return Err(EXPECTED.to_owned()) };
        let (authority, rest) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
        // Only a password that was not encoded has it there.
        if rest.contains(['@', '#']) {
            return Err(format!("expected no @ and no # after the host; {ENCODE}"));
        }
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (credentials, hosts) = match authority.rsplit_once('@') {
            Some((credentials, hosts)) => (Some(credentials), hosts),
            None => (None, authority),
        };
        let parameters = Parameters::parse(kind, query)?;
        let hosts_shown = hosts;
        let hosts = Host::parse_all(kind, hosts, &parameters)?;
        let decoded = |part: &str, name: &str| {
            decode(part).ok_or_else(|| format!("expected another {name}; {ENCODE}"))
        };
        let (user, password) = split_credentials(credentials.unwrap_or_default());
        let encoded_password = match password {
            Some(password) => format!(":{}", encode(&decoded(password, "password")?)),
            None => String::new(),
        };
        let encoded_user = encode(&decoded(user, "user name")?);
        let path_encoded = encode(&decoded(path.trim_start_matches('/'), "database name")?);
        let at = if credentials.is_some() { "@" } else { "" };
        let urls = hosts.iter().map(|host| {
            let (credentials, query) =
                (format!("{encoded_user}{encoded_password}{at}"), parameters.encoded());
            format!("{scheme}://{credentials}{host}/{path_encoded}{query}").into()
        });
        let password =
            password.map_or_else(String::new, |password| format!(":{}", hidden(password)));
        let query = parameters.shown();
        let shown = format!("{scheme}://{user}{password}{at}{hosts_shown}{path}{query}");
        Ok(Self { kind, hosts: urls.collect(), shown })
    }
}

fn split_credentials(credentials: &str) -> (&str, Option<&str>) {
    match credentials.split_once(':') {
        Some((user, password)) => (user, Some(password)),
        None => (credentials, None),
    }
}

/// A host and its port, in the form that drivers take.
struct Host(String);

impl Host {
    fn parse_all(
        kind: DatabaseKind,
        hosts: &str,
        parameters: &Parameters,
    ) -> Result<Vec<Self>, String> {
        // Drivers ask for a host even where a parameter names a socket.
        if hosts.is_empty() && parameters.name_a_host() {
            return Ok(vec![Self("localhost".to_owned())]);
        }
        hosts.split(',').map(|host| Self::parse(kind, host)).collect()
    }

    fn parse(kind: DatabaseKind, text: &str) -> Result<Self, String> {
        let problem = || format!("expected a host, or several with commas between; {ENCODE}");
        let end = text.find(']').map_or_else(|| text.find(':'), |end| Some(end + 1));
        let (name, port) = text.split_at(end.unwrap_or(text.len()));
        let inner = name.strip_prefix('[').and_then(|name| name.strip_suffix(']'));
        let name = match inner {
            Some(inner) if inner.parse::<std::net::Ipv6Addr>().is_ok() => name.to_owned(),
            Some(_) => return Err(problem()),
            None => {
                let name = decode(name).filter(|name| is_name(kind, name)).ok_or_else(problem)?;
                if name.starts_with('/') { encode(&name) } else { name }
            }
        };
        let is_port = |port: &str| port.parse::<u16>().is_ok_and(|port| port > 0);
        match port.strip_prefix(':') {
            Some(digits) if is_port(digits) => Ok(Self(format!("{name}{port}"))),
            None if port.is_empty() => Ok(Self(name)),
            _ => {
                Err(format!("expected a port from 1 to 65535 after the host and a colon; {ENCODE}"))
            }
        }
    }
}

/// Of a host, or of a folder with PostgreSQL's socket.
fn is_name(kind: DatabaseKind, name: &str) -> bool {
    let is_socket = kind == DatabaseKind::Postgres && name.starts_with('/');
    let is_good = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
    is_socket || (!name.is_empty() && name.bytes().all(is_good))
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
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
