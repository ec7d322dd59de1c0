//! A place in a JSON document, written as a JSON pointer (RFC 6901).

use std::fmt;

use crate::cli::compare::names::Name;

/// Places refer to the one above, so that walking through a document allocates nothing.
#[derive(Clone, Copy)]
pub(super) enum Place<'a> {
    Body,
    Key(&'a Place<'a>, &'a str),
    Item(&'a Place<'a>, usize),
}

impl<'a> Place<'a> {
    pub(super) fn key(self) -> Option<&'a str> {
        if let Self::Key(_, key) = self { Some(key) } else { None }
    }
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Body => formatter.write_str("body"),
            Self::Key(above, key) => {
                write!(formatter, "{above}{}/{}", above.separator(), Name(key))
            }
            Self::Item(above, index) => write!(formatter, "{above}{}/{index}", above.separator()),
        }
    }
}

impl Place<'_> {
    fn separator(&self) -> &'static str {
        if matches!(self, Self::Body) { " " } else { "" }
    }
}
