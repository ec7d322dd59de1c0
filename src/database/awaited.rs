//! Things that a start waits for, because others may still create them.

use std::fmt;

/// Something that is missing, and that may be there a little later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Awaited {
    Server,
    File,
    Tables,
    Grants,
    Network,
}

impl fmt::Display for Awaited {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Server => "the database",
            Self::File => "the database file",
            Self::Tables => "tables",
            Self::Grants => "grants",
            Self::Network => "a row in the table networks",
        })
    }
}
