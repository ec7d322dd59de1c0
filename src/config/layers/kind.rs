//! The kinds of values: what a setting accepts, and what an error says that it expects.
//!
//! The default of a setting decides its kind, so that no value reaches serde with a type whose
//! error would be in the words of Rust.

use toml::Value;

/// Settings whose default is the empty string, and whose other values are true and false.
const OPTIONAL_FLAGS: [&str; 4] =
    ["activity.enabled", "cache.enabled", "events.enabled", "ui.enabled"];
/// Lists that may be a single string instead, besides the secrets of webhooks.
const ONE_OR_MORE: [&str; 1] = ["admin.tokens"];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Number,
    Flag,
    OptionalFlag,
    Text,
    Texts,
    TextOrTexts,
}

/// A value of another kind: the item of the list, if it is one, and the problem.
pub(super) struct Mismatch {
    pub item: Option<usize>,
    pub problem: String,
}

impl Kind {
    /// The kind of the setting with this path and default.
    pub fn of(path: &str, default: &Value) -> Self {
        match default {
            _ if OPTIONAL_FLAGS.contains(&path) => Self::OptionalFlag,
            _ if ONE_OR_MORE.contains(&path) || path.ends_with(".secret") => Self::TextOrTexts,
            Value::Integer(_) => Self::Number,
            Value::Boolean(_) => Self::Flag,
            Value::Array(_) => Self::Texts,
            _ => Self::Text,
        }
    }

    /// Checks a value from a file. The default is the example in the error.
    pub fn check(self, value: &Value, default: &Value) -> Result<(), Mismatch> {
        let is_right = match (self, value) {
            (Self::Number, Value::Integer(_))
            | (Self::Flag | Self::OptionalFlag, Value::Boolean(_))
            | (Self::OptionalFlag | Self::Text | Self::TextOrTexts, Value::String(_)) => true,
            (Self::Texts | Self::TextOrTexts, Value::Array(items)) => return check_items(items),
            _ => false,
        };
        if is_right {
            return Ok(());
        }
        let problem = format!("{}, got {}", self.expected(default), name_of(value));
        Err(Mismatch { item: None, problem })
    }

    /// Reads a value from the environment, or from a file of its own. `separator` stands between
    /// the items of a list.
    pub fn read(self, text: &str, separator: char) -> Result<Value, String> {
        let text = text.trim();
        match self {
            Self::Number => read_number(text).map(Value::Integer),
            Self::Flag => {
                text.parse().map(Value::Boolean).map_err(|_| "expected true or false".to_owned())
            }
            Self::Texts | Self::TextOrTexts => {
                let items = text.split(separator).map(str::trim).filter(|item| !item.is_empty());
                Ok(Value::Array(items.map(|item| Value::String(item.to_owned())).collect()))
            }
            Self::OptionalFlag | Self::Text => Ok(Value::String(text.to_owned())),
        }
    }

    fn expected(self, default: &Value) -> String {
        match (self, default) {
            (Self::Number, _) => {
                format!("expected a whole number without quotes, such as {default}")
            }
            (Self::Flag, _) => "expected true or false, without quotes".to_owned(),
            (Self::OptionalFlag, _) => {
                "expected true or false, without quotes, or the empty string".to_owned()
            }
            (Self::Texts, _) => {
                "expected a list of strings, such as [\"one\", \"another\"]".to_owned()
            }
            (Self::TextOrTexts, _) => {
                "expected a string in quotes, or a list such as [\"one\", \"another\"]".to_owned()
            }
            (Self::Text, Value::String(example)) if !example.is_empty() => {
                format!("expected a string in quotes, such as \"{example}\"")
            }
            (Self::Text, _) => "expected a string in quotes".to_owned(),
        }
    }
}

fn check_items(items: &[Value]) -> Result<(), Mismatch> {
    match items.iter().enumerate().find(|(_, item)| !item.is_str()) {
        None => Ok(()),
        Some((item, value)) => Err(Mismatch {
            item: Some(item),
            problem: format!("expected a string in quotes, got {}", name_of(value)),
        }),
    }
}

fn read_number(text: &str) -> Result<i64, String> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let is_number = !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit());
    // A number that does not fit exceeds every range.
    let limit = if text.starts_with('-') { i64::MIN } else { i64::MAX };
    match text.parse() {
        Ok(number) => Ok(number),
        Err(_) if is_number => Ok(limit),
        Err(_) => Err("expected a whole number".to_owned()),
    }
}

fn name_of(value: &Value) -> &'static str {
    match value {
        Value::String(_) => "a string",
        Value::Integer(_) | Value::Float(_) => "a number",
        Value::Boolean(_) => "true or false",
        Value::Datetime(_) => "a date or time",
        Value::Array(_) => "a list",
        Value::Table(_) => "a section",
    }
}
