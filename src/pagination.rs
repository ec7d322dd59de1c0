//! Pages over a total order, newest first: pure, no HTTP and no SQL.
//!
//! A page begins at a position *between* rows (keyset pagination), so a walk
//! sees every row that stays exactly once, also while others come and go.
//! Numbered pages (an offset) exist for old clients only and promise less.

mod token;

pub use token::InvalidPageToken;

use time::OffsetDateTime;
use uuid::Uuid;

/// How many rows a page has at most: 1 to 1000.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageSize(u16);

impl PageSize {
    pub const DEFAULT: Self = Self(250);
    pub const MAX: Self = Self(1000);

    /// 0 asks for the default, more than the maximum for the maximum.
    #[must_use]
    pub fn new(asked: u64) -> Self {
        match u16::try_from(asked) {
            Ok(0) => Self::DEFAULT,
            Ok(size) if size <= Self::MAX.0 => Self(size),
            _ => Self::MAX,
        }
    }

    #[must_use]
    pub fn get(self) -> usize {
        usize::from(self.0)
    }
}

/// The place of one row in the order `created_at DESC, id ASC`, which is
/// total: no two rows share it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    pub created_at: OffsetDateTime,
    pub id: Uuid,
}

impl Position {
    /// Sorts the newest first, and by id what was made at one instant.
    #[must_use]
    pub fn order(&self, other: &Self) -> std::cmp::Ordering {
        (other.created_at, self.id).cmp(&(self.created_at, other.id))
    }
}

/// Where a page begins, and which way it reaches from there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// The newest row first.
    Beginning,
    /// What comes after this place.
    After(Position),
    /// The page that ends right before this place.
    Before(Position),
    /// The last page.
    End,
    /// So many rows skipped: the deprecated numbered pages.
    Offset(u64),
}

impl Start {
    /// Whether the page is read from its last row to its first.
    #[must_use]
    pub fn is_backward(self) -> bool {
        matches!(self, Self::Before(_) | Self::End)
    }
}

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageRequest {
    pub size: PageSize,
    pub start: Start,
}

/// One page, its rows in order.
#[derive(Debug, Clone)]
pub struct Page<T> {
    pub items: Vec<T>,
    /// `None` where no row comes before this page.
    pub previous: Option<Start>,
    /// `None` where no row comes after this page.
    pub next: Option<Start>,
    /// The number of rows on all pages, where the page itself tells it.
    pub total: Option<u64>,
}

impl<T> Page<T> {
    /// Makes a page of what was read for `request`.
    ///
    /// `rows` are in the order of the reading (so for a backward page the row
    /// next to its start first), with one row more than fits where there is
    /// one. `behind` says whether a row lies on the other side of the start.
    pub fn new(
        request: PageRequest,
        mut rows: Vec<T>,
        behind: bool,
        position: impl Fn(&T) -> Position,
    ) -> Self {
        let more = rows.len() > request.size.get();
        rows.truncate(request.size.get());
        let backward = request.start.is_backward();
        if backward {
            rows.reverse();
        }
        let total = (!more).then(|| total(request.start, rows.len())).flatten();
        let (has_previous, has_next) = if backward { (more, behind) } else { (behind, more) };
        // A page can be empty though rows lie behind its start: then all of them do.
        let first = rows.first().map_or(Start::End, |row| Start::Before(position(row)));
        let last = rows.last().map_or(Start::Beginning, |row| Start::After(position(row)));
        Self {
            previous: has_previous.then_some(first),
            next: has_next.then_some(last),
            items: rows,
            total,
        }
    }
}

/// The number of all rows, told by a page after which no row comes.
fn total(start: Start, rows: usize) -> Option<u64> {
    let rows = u64::try_from(rows).ok()?;
    match start {
        Start::Beginning | Start::Offset(0) => Some(rows),
        Start::Offset(offset) if rows > 0 => offset.checked_add(rows),
        _ => None,
    }
}
