//! Second factors, as Kratos stores them among the credentials of an identity.

use serde::Deserialize;
use serde_json::{Map, Value};

/// A kind of credential that serves as a second factor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SecondFactor {
    Totp,
    /// Recovery codes.
    LookupSecret,
    /// A security key. A passwordless key is a first factor instead.
    Webauthn,
    /// One-time codes by e-mail or SMS.
    Code,
}

impl SecondFactor {
    /// The name in `identity_credential_types`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Totp => "totp",
            Self::LookupSecret => "lookup_secret",
            Self::Webauthn => "webauthn",
            Self::Code => "code",
        }
    }

    /// Returns whether a credential of this kind can be used, judged by its `config`.
    ///
    /// Kratos returns 500 if it cannot decode a `config`. Here such a credential counts as
    /// enrolled: a person is asked for the factor rather than admitted without it. Member names
    /// are case-insensitive, as in Go's decoder.
    #[must_use]
    pub fn is_enrolled(self, config: &Value) -> bool {
        let config = match config {
            Value::Null => return false,
            Value::Object(config) => config,
            _ => return true,
        };
        match self {
            Self::Totp => members(config, "totp_url").any(is_otp_url),
            Self::LookupSecret => {
                members(config, "recovery_codes").any(|codes| any(codes, |_| true))
            }
            Self::Webauthn => {
                members(config, "credentials").any(|keys| any(keys, |key| !is_passwordless(key)))
            }
            Self::Code => {
                // The oldest form has no list. Its address is the credential's identifier.
                members(config, "addresses").next().is_none()
                    || members(config, "address_type").any(is_text)
                    || members(config, "addresses").any(|list| any(list, has_address))
            }
        }
    }
}

fn members<'a>(object: &'a Map<String, Value>, name: &str) -> impl Iterator<Item = &'a Value> {
    object.iter().filter(move |(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}

/// Returns whether any item of a list qualifies. A value that is not a list cannot be decoded,
/// and therefore counts.
fn any(list: &Value, qualifies: impl Fn(&Value) -> bool) -> bool {
    match list {
        Value::Null => false,
        Value::Array(items) => items.iter().any(qualifies),
        _ => true,
    }
}

/// Returns whether a URL is not empty and not certain to be refused by Go's URL parser.
fn is_otp_url(url: &Value) -> bool {
    match url {
        Value::Null => false,
        Value::String(url) if url.is_empty() => false,
        Value::String(url) => {
            let url = url.trim();
            !url.starts_with(':') && !url.bytes().any(|byte| byte.is_ascii_control())
        }
        _ => true,
    }
}

fn is_passwordless(key: &Value) -> bool {
    let Value::Object(key) = key else {
        return false;
    };
    let mut flags = members(key, "is_passwordless").peekable();
    flags.peek().is_some() && flags.all(|flag| *flag == Value::Bool(true))
}

fn has_address(item: &Value) -> bool {
    match item {
        Value::Null => false,
        Value::Object(item) => members(item, "address").any(is_text),
        _ => true,
    }
}

fn is_text(value: &Value) -> bool {
    !matches!(value, Value::Null) && value.as_str() != Some("")
}

#[cfg(test)]
mod tests {
    use super::SecondFactor::{self, Code, LookupSecret, Totp, Webauthn};

    /// The kind, a config, and whether Kratos asks for the factor (according to the recordings
    /// and to its source).
    const CONFIGS: &[(SecondFactor, &str, bool)] = &[
        (Totp, r#"{"totp_url": "otpauth://totp/lab:x?issuer=lab&secret=POTMDJ7P"}"#, true),
        (Totp, r#"{"TOTP_URL": "otpauth://totp/lab:x"}"#, true),
        (Totp, r#"{"totp_url": "not a URL, but a relative reference"}"#, true),
        (Totp, r#"{"totp_url": ""}"#, false),
        (Totp, r#"{"totp_url": "::"}"#, false),
        (Totp, r#"{"totp_url": "otpauth://totp/\u0001"}"#, false),
        (Totp, r#"{"totp_url": null}"#, false),
        (Totp, "{}", false),
        (Totp, "null", false),
        (LookupSecret, r#"{"recovery_codes": [{"code": "aaaa1111"}]}"#, true),
        (
            LookupSecret,
            r#"{"recovery_codes": [{"code": "a", "used_at": "2026-11-20T08:00:00Z"}]}"#,
            true,
        ),
        (LookupSecret, r#"{"recovery_codes": []}"#, false),
        (LookupSecret, r#"{"recovery_codes": null}"#, false),
        (LookupSecret, "{}", false),
        (Webauthn, r#"{"credentials": [{"id": "a", "is_passwordless": false}]}"#, true),
        (Webauthn, r#"{"credentials": [{"id": "a"}]}"#, true),
        (
            Webauthn,
            r#"{"credentials": [{"is_passwordless": true}, {"is_passwordless": false}]}"#,
            true,
        ),
        (Webauthn, r#"{"credentials": [{"id": "a", "is_passwordless": true}]}"#, false),
        (Webauthn, r#"{"credentials": []}"#, false),
        (Webauthn, r#"{"user_handle": "a"}"#, false),
        (Code, r#"{"addresses": [{"channel": "email", "address": "a@example.org"}]}"#, true),
        (Code, r#"{"addresses": [{"channel": "email", "address": ""}]}"#, false),
        (Code, r#"{"addresses": []}"#, false),
        (Code, r#"{"address_type": "email"}"#, true),
    ];

    /// Configs for which Kratos returns 500.
    const UNDECODABLE: &[(SecondFactor, &str)] = &[
        (Totp, "[]"),
        (Totp, "5"),
        (Totp, r#"{"totp_url": 5}"#),
        (LookupSecret, r#"{"recovery_codes": "aaaa1111"}"#),
        (Webauthn, r#"{"credentials": {}}"#),
        (Webauthn, r#"{"credentials": [5]}"#),
        (Webauthn, r#"{"credentials": [{"is_passwordless": "true"}]}"#),
        (Code, r#"{"addresses": [5]}"#),
    ];

    #[test]
    fn credentials_count_as_they_do_for_kratos() {
        for (kind, config, counts) in CONFIGS {
            let parsed = serde_json::from_str(config).unwrap();
            assert_eq!(kind.is_enrolled(&parsed), *counts, "{kind:?} {config}");
        }
    }

    #[test]
    fn credentials_that_cannot_be_decoded_count() {
        for (kind, config) in UNDECODABLE {
            let parsed = serde_json::from_str(config).unwrap();
            assert!(kind.is_enrolled(&parsed), "{kind:?} {config}");
        }
    }
}
