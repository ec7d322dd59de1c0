//! The database URL: parsed strictly, and shown without its secrets.
//!
//! URL parsers are lenient. One that meets `/` or `?` in a password that was not
//! percent-encoded takes the rest of the password for a path or for parameters, and quotes
//! it in a warning. The URL for the driver is therefore rebuilt from the decoded parts, and
//! ambiguous URLs are refused. No error quotes any part of the URL.
//!
//! The URLs of Kratos are accepted as they are ([`parts`], [`known`]).

mod host;
mod kind;
mod known;
mod login;
mod parameters;
mod parts;
mod percent;
mod pool_limits;
mod values;

use std::fmt;

use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;

use host::Host;
pub use kind::DatabaseKind;
use login::Login;
use parameters::Parameters;
use parts::{Address, EXPECTED, Parts};
use percent::{ENCODE, decode, encode};
pub use pool_limits::{MAX_CONNECTIONS, PoolLimits};

const NO_COCKROACH: &str = "expected SQLite, PostgreSQL, MySQL or MariaDB: CockroachDB is not \
                            supported";
const NO_FILE: &str = "expected the path of a file, such as sqlite://FILE, because a database in \
                       memory cannot be shared with another program";

/// A database URL. `Display` and `Debug` show it without its secrets.
#[derive(Clone, Deserialize)]
#[serde(try_from = "SecretString")]
pub struct DatabaseUrl {
    kind: DatabaseKind,
    hosts: Vec<SecretString>,
    pool: PoolLimits,
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

    /// The limits of the connection pool that the URL states.
    #[must_use]
    pub fn pool_limits(&self) -> PoolLimits {
        self.pool
    }

    fn parse(text: &str) -> Result<Self, String> {
        let kind = match text.split_once(':') {
            Some(("sqlite" | "sqlite3", _)) => DatabaseKind::Sqlite,
            Some(("postgres" | "postgresql", _)) => DatabaseKind::Postgres,
            Some(("mysql" | "mariadb", _)) => DatabaseKind::MySql,
            Some(("cockroach" | "cockroachdb" | "crdb", _)) => return Err(NO_COCKROACH.to_owned()),
            None if text == "memory" => return Err(NO_FILE.to_owned()),
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
        let (url, query) = text.split_once('?').unwrap_or((text, ""));
        let path = ["sqlite:", "sqlite3:", "//"]
            .iter()
            .fold(url, |path, prefix| path.strip_prefix(prefix).unwrap_or(path));
        // SQLite's own URLs (https://sqlite.org/uri.html).
        let path = path.strip_prefix("file:").map_or(path, |path| {
            path.strip_prefix("//").filter(|path| path.starts_with('/')).unwrap_or(path)
        });
        let path = decode(path).ok_or_else(|| format!("expected a valid path; {ENCODE}"))?;
        let parameters = Parameters::parse(DatabaseKind::Sqlite, query)?;
        if path.is_empty() || path.contains(":memory:") || parameters.has("mode", "memory") {
            return Err(NO_FILE.to_owned());
        }
        let host = format!("sqlite://{}{}", encode(&path), parameters.encoded());
        Ok(Self {
            kind: DatabaseKind::Sqlite,
            hosts: vec![host.into()],
            pool: parameters.pool,
            shown: format!("{url}{}", parameters.shown()),
        })
    }

    fn parse_server(kind: DatabaseKind, text: &str) -> Result<Self, String> {
        let Parts { scheme, credentials, address, written, path, query } =
            Parts::split(kind, text)?;
        let login = match address {
            Address::Hosts(_) => Login::decode(credentials)?,
            Address::Tcp(_) | Address::Unix(_) => Login::literal(credentials)?,
        };
        let mut parameters = Parameters::parse(kind, query)?;
        let name = path.strip_prefix('/').unwrap_or(path);
        // Any other character more likely belongs to the end of a password.
        if !name.chars().all(|char| char.is_alphanumeric() || "-._~$%".contains(char)) {
            return Err(format!("expected a valid database name; {ENCODE}"));
        }
        let database = decode(name)
            .ok_or_else(|| format!("expected a valid database name; {ENCODE}"))
            .map(|name| encode(&name))?;
        let hosts = match address {
            // Go's driver connects to this machine if only a port is written.
            Address::Tcp(port) if port.starts_with(':') => {
                Host::parse_all(kind, &format!("127.0.0.1{port}"), &parameters)?
            }
            Address::Hosts(hosts) | Address::Tcp(hosts) => {
                Host::parse_all(kind, hosts, &parameters)?
            }
            Address::Unix(path) if path.starts_with('/') => {
                parameters.add_for_driver("socket", path);
                Host::parse_all(kind, "", &parameters)?
            }
            Address::Unix(_) => return Err("expected the path of a socket in unix()".to_owned()),
        };
        let rest = format!("/{database}{}", parameters.encoded());
        let url = |host: &Host| format!("{scheme}://{}{host}{rest}", login.encoded).into();
        Ok(Self {
            kind,
            hosts: hosts.iter().map(url).collect(),
            pool: parameters.pool,
            shown: format!("{scheme}://{}{written}{path}{}", login.shown, parameters.shown()),
        })
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

    #[test]
    fn in_gos_form_a_password_is_literal() {
        for (url, expected) in [
            ("mysql://u:p%2F/#?:@tcp(h:1)/d", "mysql://u:p%252F%2F%23%3F%3A@h:1/d"),
            ("mysql://u:p@tcp([::1]:3306)/d", "mysql://u:p@[::1]:3306/d"),
            ("mysql://u@unix(/run/s.sock)/d", "mysql://u@localhost/d?socket=%2Frun%2Fs%2Esock"),
            ("mysql://u:%2F@tcp/d", "mysql://u:%252F@127.0.0.1:3306/d"),
            ("mysql://u:p@/d?readTimeout=.5s", "mysql://u:p@127.0.0.1:3306/d"),
            ("mysql://u:p@tcp(:3307)/d", "mysql://u:p@127.0.0.1:3307/d"),
            ("mysql://u:p@unix/d", "mysql://u:p@localhost/d?socket=%2Ftmp%2Fmysql%2Esock"),
            ("mysql://u:p@(h)/d?allowCleartextPasswords=false", "mysql://u:p@h/d"),
        ] {
            assert_eq!(urls(url), [expected]);
        }
        let shown = DatabaseUrl::parse("mysql://u:p/?@tcp(h:1)/d?tls=true").unwrap().to_string();
        assert_eq!(shown, "mysql://u:(hidden)@tcp(h:1)/d?tls=true");
    }

    #[test]
    fn the_paths_of_files_may_be_written_in_several_ways() {
        for (url, path) in [
            ("sqlite:///data/own.sqlite?_fk=true", "%2Fdata%2Fown%2Esqlite"),
            ("sqlite://own.db?mode=rwc", "own%2Edb?mode=rwc"),
            ("sqlite3://own.db", "own%2Edb"),
            ("sqlite:own%20.db", "own%20%2Edb"),
            ("sqlite://file:///own.db?_fk=true&cache=shared", "%2Fown%2Edb"),
            ("sqlite://file:own.db", "own%2Edb"),
        ] {
            assert_eq!(urls(url), [format!("sqlite://{path}")], "{url}");
        }
    }

    #[test]
    fn databases_that_cannot_be_served_are_refused_with_the_reason() {
        for (url, reason) in [
            ("memory", "in memory"),
            ("sqlite://:memory:?_fk=true", "in memory"),
            ("sqlite://file:x?mode=memory&cache=shared", "in memory"),
            ("cockroach://root@h:26257/d", "CockroachDB"),
        ] {
            let error = DatabaseUrl::parse(url).unwrap_err();
            assert!(error.starts_with("expected ") && error.contains(reason), "{url}: {error}");
        }
    }
}
