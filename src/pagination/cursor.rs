//! Cursors: where a page starts.

use crate::pagination::position::Position;

/// The start of a page, and its direction from there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cursor {
    /// The first page, which begins with the newest row.
    Beginning,
    /// The page that begins right after this position.
    After(Position),
    /// The page that ends right before this position.
    Before(Position),
    /// The last page.
    End,
    /// The page after this number of rows, for the deprecated numbered pages.
    Offset(u64),
}

impl Cursor {
    /// True for the first page.
    #[must_use]
    pub fn is_beginning(self) -> bool {
        matches!(self, Self::Beginning | Self::Offset(0))
    }

    /// Returns whether the page is read from its last row to its first.
    #[must_use]
    pub fn is_backward(self) -> bool {
        matches!(self, Self::Before(_) | Self::End)
    }
}
