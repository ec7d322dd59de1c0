//! The parameters of a database URL. Only those that its driver knows are accepted.

use std::net::IpAddr;

use crate::config::database_url::kind::DatabaseKind;
use crate::config::database_url::percent::{ENCODE, decode, encode};
use crate::config::secrets::hidden;

/// A parameter that a driver knows, with all its names.
struct Known {
    names: &'static [&'static str],
    values: Values,
    /// True if the value may be shown.
    is_harmless: bool,
}

enum Values {
    Any,
    Number,
    Port,
    Address,
    /// Case-insensitive.
    OneOf(&'static [&'static str]),
    /// Case-sensitive.
    Exactly(&'static [&'static str]),
}

const fn known(names: &'static [&'static str], values: Values) -> Known {
    Known { names, values, is_harmless: true }
}

const fn secret(names: &'static [&'static str]) -> Known {
    Known { names, values: Values::Any, is_harmless: false }
}

const SQLITE: &[Known] = &[
    known(&["mode"], Values::Exactly(&["ro", "rw", "rwc", "memory"])),
    known(&["cache"], Values::Exactly(&["private", "shared"])),
    known(&["immutable"], Values::Exactly(&["true", "1", "false", "0"])),
    known(&["vfs"], Values::Any),
];

/// The values of certificates and keys may be PEM text instead of the path of a file.
const POSTGRES: &[Known] = &[
    known(
        &["sslmode", "ssl-mode"],
        Values::OneOf(&["disable", "allow", "prefer", "require", "verify-ca", "verify-full"]),
    ),
    known(&["sslrootcert", "ssl-root-cert", "ssl-ca"], Values::Any),
    known(&["sslcert", "ssl-cert"], Values::Any),
    secret(&["sslkey", "ssl-key"]),
    known(&["host"], Values::Any),
    known(&["hostaddr"], Values::Address),
    known(&["port"], Values::Port),
    known(&["dbname"], Values::Any),
    known(&["user"], Values::Any),
    secret(&["password"]),
    known(&["application_name"], Values::Any),
    secret(&["options"]),
    known(&["statement-cache-capacity"], Values::Number),
];

const MYSQL: &[Known] = &[
    known(
        &["ssl-mode", "sslmode"],
        Values::OneOf(&["disabled", "preferred", "required", "verify_ca", "verify_identity"]),
    ),
    known(&["ssl-ca", "sslca"], Values::Any),
    known(&["ssl-cert", "sslcert"], Values::Any),
    secret(&["ssl-key", "sslkey"]),
    known(&["charset"], Values::Any),
    known(&["collation"], Values::Any),
    known(&["socket"], Values::Any),
    known(&["timezone", "time-zone"], Values::Any),
    known(&["statement-cache-capacity"], Values::Number),
];

impl Known {
    fn accepts(&self, value: &str) -> bool {
        match self.values {
            Values::Any => true,
            Values::Number => value.parse::<usize>().is_ok(),
            Values::Port => value.parse::<u16>().is_ok_and(|port| port > 0),
            Values::Address => value.parse::<IpAddr>().is_ok(),
            Values::Exactly(values) => values.contains(&value),
            Values::OneOf(values) => values.iter().any(|one| one.eq_ignore_ascii_case(value)),
        }
    }
}

struct Parameter {
    /// The name used in the URL, which may be an alias.
    name: String,
    value: String,
    is_harmless: bool,
}

pub(super) struct Parameters(Vec<Parameter>);

impl Parameters {
    pub(super) fn parse(kind: DatabaseKind, query: &str) -> Result<Self, String> {
        let pairs = query.split('&').filter(|pair| !pair.is_empty());
        pairs.map(|pair| Parameter::parse(kind, pair)).collect::<Result<_, _>>().map(Self)
    }

    pub(super) fn has(&self, name: &str, value: &str) -> bool {
        self.0.iter().any(|one| one.name == name && one.value.eq_ignore_ascii_case(value))
    }

    /// Returns true if one of the parameters names the server's host or socket.
    pub(super) fn name_a_host(&self) -> bool {
        let names_one = |one: &Parameter| matches!(&*one.name, "host" | "hostaddr" | "socket");
        self.0.iter().any(|one| names_one(one) && !one.value.is_empty())
    }

    /// The parameters for the driver, including the question mark.
    pub(super) fn encoded(&self) -> String {
        self.join(|one| format!("{}={}", encode_name(&one.name), encode(&one.value)))
    }

    /// The parameters with secrets hidden, including the question mark.
    pub(super) fn shown(&self) -> String {
        self.join(|one| {
            let is_certificate = one.value.contains("-----BEGIN");
            let value =
                if one.is_harmless && !is_certificate { &one.value } else { hidden(&one.value) };
            format!("{}={value}", one.name)
        })
    }

    fn join(&self, pair: impl Fn(&Parameter) -> String) -> String {
        let pairs: Vec<_> = self.0.iter().map(pair).collect();
        if pairs.is_empty() { String::new() } else { format!("?{}", pairs.join("&")) }
    }
}

impl Parameter {
    fn parse(kind: DatabaseKind, pair: &str) -> Result<Self, String> {
        let table = match kind {
            DatabaseKind::Sqlite => SQLITE,
            DatabaseKind::Postgres => POSTGRES,
            DatabaseKind::MySql => MYSQL,
        };
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        // A plus means a space (https://url.spec.whatwg.org/#urlencoded-parsing).
        let decoded = |part: &str| decode(&part.replace('+', " "));
        let (Some(name), Some(value)) = (decoded(name), decoded(value)) else {
            return Err(format!("expected valid parameters after the ?; {ENCODE}"));
        };
        if kind == DatabaseKind::Postgres && is_server_setting(&name) {
            return Ok(Self { name, value, is_harmless: false });
        }
        let Some(known) = table.iter().find(|known| known.names.contains(&name.as_str())) else {
            let names: Vec<_> = table.iter().map(|known| known.names[0]).collect();
            let names = names.join(", ");
            return Err(format!("expected only these parameters after the ?: {names}; {ENCODE}"));
        };
        if !known.accepts(&value) {
            return Err(format!("expected a valid value for the parameter {}", known.names[0]));
        }
        Ok(Self { name, value, is_harmless: known.is_harmless })
    }
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
