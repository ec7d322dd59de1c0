//! Keyset pagination over a total order, newest first, without HTTP and SQL.
//!
//! A page begins at a position *between* rows. A client that follows the links therefore
//! receives every row that stays exactly once, also while other rows are added and removed.
//! Numbered pages (an offset) exist for old clients only and do not guarantee this.

mod cursor;
mod page;
mod position;
mod token;

pub use cursor::Cursor;
pub use page::{Page, PageRequest, PageSize};
pub use position::Position;
pub use token::InvalidPageToken;
