//! The sessions that are bound to devices.

use serde::Deserialize;

/// The sessions of browsers that are bound to the key of a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Binding {
    /// None, and bound ones are not treated in another way.
    Off,
    /// Those of browsers that can bind them.
    Offer,
    /// All: the cookie of another session is refused, some time after its issue.
    Require,
}
