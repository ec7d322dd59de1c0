//! The values that a parameter of a database URL may have.

use std::net::IpAddr;

use crate::config::database_url::pool_limits::MAX_CONNECTIONS;
use crate::config::duration;

/// The accepted values.
pub(super) enum Values {
    Any,
    Number,
    Connections,
    Port,
    Address,
    Duration,
    Boolean,
    /// A boolean that must be false.
    False,
    /// A time zone in which times are stored and read. Others than UTC would shift them.
    Utc,
    /// Case-insensitive.
    OneOf(&'static [&'static str]),
    /// Case-sensitive.
    Exactly(&'static [&'static str]),
    /// Case-insensitive, each with the value for our driver.
    Mapped(&'static [(&'static str, &'static str)]),
}

/// The spellings that Go's drivers accept.
const BOOLEANS: [&str; 10] = ["true", "false", "1", "0", "t", "f", "yes", "no", "on", "off"];

impl Values {
    pub(super) fn accepts(&self, value: &str) -> bool {
        let is = |one: &&str| one.eq_ignore_ascii_case(value);
        match self {
            Self::Any => true,
            Self::Number => value.parse::<usize>().is_ok(),
            Self::Connections => {
                value.parse().is_ok_and(|number| (1..=MAX_CONNECTIONS).contains(&number))
            }
            Self::Port => value.parse::<u16>().is_ok_and(|port| port > 0),
            Self::Address => value.parse::<IpAddr>().is_ok(),
            Self::Duration => duration::parse(value).is_some(),
            Self::Boolean => BOOLEANS.iter().any(is),
            Self::False => ["false", "0"].iter().any(is),
            Self::Utc => value == "UTC",
            Self::OneOf(values) => values.iter().any(is),
            Self::Exactly(values) => values.contains(&value),
            Self::Mapped(values) => values.iter().any(|(name, _)| is(name)),
        }
    }

    /// The value for our driver.
    pub(super) fn translate(&self, value: &str) -> String {
        let known: &[_] = if let Self::Mapped(values) = self { values } else { &[] };
        let found = known.iter().find(|(name, _)| name.eq_ignore_ascii_case(value));
        found.map_or(value, |(_, value)| value).to_owned()
    }

    /// The accepted values in words.
    pub(super) fn expected(&self) -> String {
        let one_of = |values: &[&str]| format!("one of {}", values.join(", "));
        match self {
            Self::Any => "a value".to_owned(),
            Self::Number => "a number".to_owned(),
            Self::Connections => format!("a number from 1 to {MAX_CONNECTIONS}"),
            Self::Port => "a port from 1 to 65535".to_owned(),
            Self::Address => "an IP address".to_owned(),
            Self::Duration => "a duration such as 30m".to_owned(),
            Self::Boolean => "true or false".to_owned(),
            Self::False => "false".to_owned(),
            Self::Utc => "UTC, in which elsewhere reads times,".to_owned(),
            Self::OneOf(values) | Self::Exactly(values) => one_of(values),
            Self::Mapped(values) => {
                one_of(&values.iter().map(|(name, _)| *name).collect::<Vec<_>>())
            }
        }
    }
}
