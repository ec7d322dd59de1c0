//! The parameters of a database URL. Unknown ones are refused.

use crate::config::database_url::kind::DatabaseKind;
use crate::config::database_url::known::{Effect, Known};
use crate::config::database_url::percent::{ENCODE, decode, encode};
use crate::config::database_url::pool_limits::PoolLimits;
use crate::config::secrets::hidden;

#[derive(Default)]
pub(super) struct Parameters {
    /// Names and values as they may be shown.
    shown: Vec<(String, String)>,
    /// Names and values for our driver.
    driver: Vec<(String, String)>,
    pub pool: PoolLimits,
}

impl Parameters {
    pub(super) fn parse(kind: DatabaseKind, query: &str) -> Result<Self, String> {
        let mut parameters = Self::default();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            // A plus means a space (https://url.spec.whatwg.org/#urlencoded-parsing).
            let decoded = |part: &str| decode(&part.replace('+', " "));
            let (Some(name), Some(value)) = (decoded(name), decoded(value)) else {
                return Err(format!("expected valid parameters after the ?; {ENCODE}"));
            };
            parameters.add(kind, name, value)?;
        }
        Ok(parameters)
    }

    fn add(&mut self, kind: DatabaseKind, name: String, value: String) -> Result<(), String> {
        if kind == DatabaseKind::Postgres && is_server_setting(&name) {
            self.shown.push((name.clone(), hidden(&value).to_owned()));
            self.driver.push((name, value));
            return Ok(());
        }
        let known = Known::find(kind, &name).ok_or_else(|| unknown(kind))?;
        if !known.values.accepts(&value) {
            let (expected, name) = (known.values.expected(), known.names[0]);
            return Err(format!("expected {expected} for the parameter {name}"));
        }
        let is_shown = known.is_harmless && !value.contains("-----BEGIN");
        let shown = if is_shown { &value } else { hidden(&value) };
        self.shown.push((name.clone(), shown.to_owned()));
        let translated = known.values.translate(&value);
        match known.effect {
            Effect::Driver => self.driver.push((name, translated)),
            Effect::DriverAs(name) => self.add_for_driver(name, translated),
            Effect::Pool(limit) => self.pool.set(limit, &value),
            Effect::Ignored => {}
        }
        Ok(())
    }

    /// Adds a parameter that is not shown.
    pub(super) fn add_for_driver(&mut self, name: &str, value: impl Into<String>) {
        self.driver.push((name.to_owned(), value.into()));
    }

    pub(super) fn has(&self, name: &str, value: &str) -> bool {
        self.driver.iter().any(|(one, of)| one == name && of.eq_ignore_ascii_case(value))
    }

    /// Returns true if one of the parameters names the server's host or socket.
    pub(super) fn name_a_host(&self) -> bool {
        let names_one = |name: &str| matches!(name, "host" | "hostaddr" | "socket");
        self.driver.iter().any(|(name, value)| names_one(name) && !value.is_empty())
    }

    /// The parameters for our driver, including the question mark.
    pub(super) fn encoded(&self) -> String {
        let pairs = self.driver.iter();
        query(pairs.map(|(name, value)| format!("{}={}", encode_name(name), encode(value))))
    }

    /// The parameters with secrets hidden, including the question mark.
    pub(super) fn shown(&self) -> String {
        query(self.shown.iter().map(|(name, value)| format!("{name}={value}")))
    }
}

fn query(pairs: impl Iterator<Item = String>) -> String {
    let pairs: Vec<_> = pairs.collect();
    if pairs.is_empty() { String::new() } else { format!("?{}", pairs.join("&")) }
}

/// The error for an unknown parameter. Its name is not quoted: it may be a part of a password.
fn unknown(kind: DatabaseKind) -> String {
    let names: Vec<_> = Known::all(kind).map(|known| known.names[0]).collect();
    format!("expected only these parameters after the ?: {}; {ENCODE}", names.join(", "))
}

/// Returns true if the parameter is a setting of the server, such as `options[search_path]`.
fn is_server_setting(name: &str) -> bool {
    let setting = name.strip_prefix("options[").and_then(|name| name.strip_suffix(']'));
    let is_good = |byte: u8| byte.is_ascii_alphanumeric() || b"._".contains(&byte);
    setting.is_some_and(|setting| !setting.is_empty() && setting.bytes().all(is_good))
}

/// Encodes brackets. Known names contain no other special characters.
fn encode_name(name: &str) -> String {
    name.replace('[', "%5B").replace(']', "%5D")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use DatabaseKind::{MySql, Postgres, Sqlite};

    fn for_driver(kind: DatabaseKind, query: &str) -> Result<String, String> {
        Parameters::parse(kind, query).map(|parameters| parameters.encoded())
    }

    #[test]
    fn parameters_of_gos_drivers_act_or_are_ignored() {
        for (kind, query, expected) in [
            (MySql, "parseTime=true&multiStatements=true&loc=UTC&clientFoundRows=true", ""),
            (MySql, "charset=utf8&collation=utf8mb4_general_ci&readTimeout=3s&timeout=1m30s", ""),
            (MySql, "time_zone=%27%2B00:00%27&transaction_isolation=%27READ-COMMITTED%27", ""),
            (MySql, "tls=true", "?ssl-mode=VERIFY%5FIDENTITY"),
            (MySql, "tls=skip-verify", "?ssl-mode=REQUIRED"),
            (MySql, "tls=preferred", "?ssl-mode=PREFERRED"),
            (MySql, "tls=false&parseTime=True", "?ssl-mode=DISABLED"),
            (Postgres, "sslmode=require&connect_timeout=5", "?sslmode=require"),
            (Postgres, "prefer_simple_protocol=true&target_session_attrs=read-write", ""),
            (Postgres, "search_path=a,b", "?options%5Bsearch_path%5D=a%2Cb"),
            (Postgres, "database=d&application_name=x", "?dbname=d&application_name=x"),
            (Sqlite, "_fk=true&mode=rwc", "?mode=rwc"),
            (Sqlite, "cache=shared&_journal_mode=WAL&_busy_timeout=5000", ""),
        ] {
            assert_eq!(for_driver(kind, query), Ok(expected.to_owned()), "{query}");
        }
    }

    #[test]
    fn parameters_that_would_change_times_hosts_or_security_are_refused() {
        for (kind, query, problem) in [
            (MySql, "loc=Local", "expected UTC, in which elsewhere reads times, for the parameter"),
            (MySql, "loc=Europe%2FBerlin", "expected UTC"),
            (MySql, "tls=my-config", "expected one of true, skip-verify, preferred, false"),
            (MySql, "allowCleartextPasswords=true", "expected false for the parameter"),
            (MySql, "allowOldPasswords=1", "expected false for the parameter"),
            (MySql, "serverPubKey=name", "expected only these parameters"),
            (MySql, "parseTime=maybe", "expected true or false for the parameter parseTime"),
            (MySql, "readTimeout=3", "expected a duration such as 30m for the parameter"),
            (Postgres, "target_session_attrs=standby", "expected one of any, read-write, primary"),
            (Postgres, "passfile=x", "expected only these parameters"),
            (Sqlite, "_loc=auto", "expected UTC"),
            (Sqlite, "_auth_pass=x", "expected only these parameters"),
        ] {
            let error = for_driver(kind, query).unwrap_err();
            assert!(error.starts_with(problem), "{query}: {error}");
        }
    }

    #[test]
    fn the_limits_of_kratoss_pool_are_read_for_every_database() {
        let query = "max_conns=20&max_idle_conns=4&max_conn_lifetime=1h&max_conn_idle_time=90s";
        for kind in [Sqlite, Postgres, MySql] {
            let parameters = Parameters::parse(kind, query).map_err(drop).unwrap();
            assert_eq!(parameters.encoded(), "");
            assert_eq!(parameters.shown(), format!("?{query}"));
            assert_eq!(parameters.pool.max_connections, Some(20));
            assert_eq!(parameters.pool.max_lifetime, Some(Duration::from_hours(1)));
            assert_eq!(parameters.pool.max_idle_time, Some(Duration::from_secs(90)));
        }
        let unlimited = Parameters::parse(Postgres, "max_conn_lifetime=0").map_err(drop).unwrap();
        assert_eq!(unlimited.pool.max_lifetime, None);
        for wrong in ["0", "10001", "-1", "many", ""] {
            let error = for_driver(MySql, &format!("max_conns={wrong}")).unwrap_err();
            assert_eq!(error, "expected a number from 1 to 10000 for the parameter max_conns");
        }
    }

    #[test]
    fn texts_that_may_be_secrets_are_hidden() {
        let shown = |kind, query| Parameters::parse(kind, query).map_err(drop).unwrap().shown();
        assert_eq!(shown(MySql, "connectionAttributes=a:b"), "?connectionAttributes=(hidden)");
        assert_eq!(shown(Sqlite, "_journal=x&_fk=1"), "?_journal=(hidden)&_fk=1");
        assert_eq!(shown(Postgres, "sslkey=/k&sslmode=allow"), "?sslkey=(hidden)&sslmode=allow");
    }
}
