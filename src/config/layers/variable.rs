//! Names of environment variables: `ELSEWHERE_SERVER__LISTEN` sets `server.listen`.

pub(super) const PREFIX: &str = "ELSEWHERE_";
const SEPARATOR: &str = "__";
/// Variables of this project's own tests, which a developer's shell may have.
const OF_TESTS: &str = "TEST_";

/// The meaning of a variable for the settings.
pub(super) enum Variable {
    /// Sets the setting with this path.
    Sets(String),
    /// Begins like a setting, but has no section and key.
    Unknown,
    /// Belongs to somebody else.
    Foreign,
}

impl Variable {
    pub fn of(name: &str) -> Self {
        let Some(rest) = name.strip_prefix(PREFIX) else { return Self::Foreign };
        if rest.contains(SEPARATOR) {
            Self::Sets(rest.replace(SEPARATOR, ".").to_lowercase())
        } else if is_of_kubernetes(rest) || rest.starts_with(OF_TESTS) {
            Self::Foreign
        } else {
            Self::Unknown
        }
    }
}

/// The variable of a setting.
pub(super) fn name_of(path: &str) -> String {
    format!("{PREFIX}{}", path.replace('.', SEPARATOR).to_uppercase())
}

/// Returns true for the variables that Kubernetes sets for a service called `elsewhere`, or
/// `elsewhere-` and another word
/// (<https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables>).
fn is_of_kubernetes(name: &str) -> bool {
    let words: Vec<&str> = name.split('_').collect();
    let is_port = |number: &str, protocol: &str| {
        number.parse::<u16>().is_ok() && matches!(protocol, "TCP" | "UDP" | "SCTP")
    };
    match *words.as_slice() {
        [.., "SERVICE", "HOST"] | [.., "PORT"] => true,
        [.., "PORT", number, protocol] | [.., "PORT", number, protocol, "PROTO" | "ADDR"]
            if is_port(number, protocol) =>
        {
            true
        }
        // A named port: ELSEWHERE_SERVICE_PORT_HTTP.
        _ => words.windows(2).any(|pair| pair == ["SERVICE", "PORT"]),
    }
}
