//! The assurance level of a session, derived from its methods as Kratos does.

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::session::AssuranceLevel;

/// An entry of a session's `authentication_methods`: the fields that decide its level.
#[derive(Deserialize)]
struct Method<'a> {
    #[serde(default)]
    method: &'a str,
    /// Missing in sessions from Kratos before 0.9.
    #[serde(default)]
    aal: &'a str,
}

impl Method<'_> {
    fn level(&self) -> Option<AssuranceLevel> {
        match (self.aal, self.method) {
            ("aal1", _)
            | (
                "",
                "password" | "oidc" | "code_recovery" | "link_recovery" | "v0.6_legacy_session",
            ) => Some(AssuranceLevel::Aal1),
            ("aal2", _) | ("", "totp" | "webauthn" | "lookup_secret") => Some(AssuranceLevel::Aal2),
            _ => None,
        }
    }
}

/// Returns `aal2` for methods of both levels, and `aal1` for any other methods. A session
/// without methods, or with unreadable ones, has proved nothing: `aal0`.
pub(super) fn level_of_methods(methods: &RawValue) -> AssuranceLevel {
    if is_single(methods.get()) {
        return AssuranceLevel::Aal1;
    }
    // `null` decodes as no methods.
    let methods: Vec<Method> = serde_json::from_str(methods.get()).unwrap_or_default();
    let has = |level| methods.iter().any(|method| method.level() == Some(level));
    if methods.is_empty() {
        AssuranceLevel::Aal0
    } else if has(AssuranceLevel::Aal1) && has(AssuranceLevel::Aal2) {
        AssuranceLevel::Aal2
    } else {
        AssuranceLevel::Aal1
    }
}

/// Detects a single method, which most sessions have, without parsing.
fn is_single(methods: &str) -> bool {
    methods.starts_with("[{")
        && methods.ends_with("}]")
        && methods.bytes().filter(|byte| *byte == b'{').count() == 1
}

#[cfg(test)]
mod tests {
    use serde_json::value::RawValue;

    use super::level_of_methods;

    #[test]
    fn one_method_of_each_level_makes_aal2() {
        for (methods, level) in [
            ("[]", "aal0"),
            ("null", "aal0"),
            (r#"[{"method":"password","aal":"aal1"}]"#, "aal1"),
            (r#"[{"method":"totp","aal":"aal2"}]"#, "aal1"),
            (r#"[{"method":"password","aal":"aal1"},{"method":"totp","aal":"aal2"}]"#, "aal2"),
            (r#"[ {"aal": "aal2", "method": "totp"}, {"aal": "aal1", "method": "oidc"} ]"#, "aal2"),
            (r#"[{"method":"totp","aal":"aal2"},{"method":"webauthn","aal":"aal2"}]"#, "aal1"),
            (r#"[{"method":"password","aal":"aal1"},{"method":"oidc","aal":"aal1"}]"#, "aal1"),
            (r#"[{"method":"password"},{"method":"totp"}]"#, "aal2"),
            (r#"[{"method":"v0.6_legacy_session"}]"#, "aal1"),
            (r#"[{"method":"password"},{"method":"totp","aal":"aal3"}]"#, "aal1"),
            (r#"[{"method":"{","aal":"aal1"}]"#, "aal1"),
            // Kratos answers 500 to these.
            (r#"{"method":"password","aal":"aal2"}"#, "aal0"),
            (r#"[{"method":"password","aal":"aal1"},{"method":5,"aal":"aal2"}]"#, "aal0"),
            (r#"[{"method":"password","aal":"aal1"},5]"#, "aal0"),
            (r#""aal2""#, "aal0"),
        ] {
            let parsed: Box<RawValue> = serde_json::from_str(methods).unwrap();
            assert_eq!(level_of_methods(&parsed).as_str(), level, "{methods}");
        }
    }
}
