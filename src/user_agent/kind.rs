//! The kinds of devices.

use serde::Deserialize;

/// The kind of device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    Computer,
    Phone,
    Tablet,
    Television,
    Console,
    /// A program that no person operates directly.
    Tool,
    Unknown,
}

impl Kind {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Computer => "computer",
            Self::Phone => "phone",
            Self::Tablet => "tablet",
            Self::Television => "television",
            Self::Console => "console",
            Self::Tool => "tool",
            Self::Unknown => "unknown",
        }
    }
}
