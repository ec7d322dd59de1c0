//! Keyset pagination over a total order, newest first, without HTTP and SQL.
//!
//! A page begins at a position *between* rows. A client that follows the links therefore
//! receives every row that stays exactly once, also while other rows are added and removed.
//! Numbered pages (an offset) exist for old clients only and do not guarantee this.

mod token;

pub use token::InvalidPageToken;

use time::{Duration, OffsetDateTime};
use uuid::Uuid;

/// The maximum number of rows on a page: 1 to 1000.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageSize(u16);

impl PageSize {
    pub const DEFAULT: Self = Self(250);
    pub const MAX: Self = Self(1000);

    /// Limits the requested size: 0 means the default, and values above the maximum mean the
    /// maximum.
    #[must_use]
    pub fn new(requested: u64) -> Self {
        match u16::try_from(requested) {
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

/// The position of one row in the order `created_at DESC, id ASC`. The order is total: no two
/// rows have the same position.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    pub created_at: OffsetDateTime,
    pub id: Uuid,
}

impl Position {
    /// Compares two positions: newer rows come first, and rows of the same instant are ordered
    /// by id.
    #[must_use]
    pub fn order(&self, other: &Self) -> std::cmp::Ordering {
        (other.created_at, self.id).cmp(&(self.created_at, other.id))
    }

    /// The position right before this one, after every row that precedes it.
    fn right_before(self) -> Self {
        match self.id.as_u128().checked_sub(1) {
            Some(id) => Self { id: Uuid::from_u128(id), ..self },
            None => self.moved(Duration::MICROSECOND, Uuid::max()),
        }
    }

    /// The position right after this one.
    fn right_after(self) -> Self {
        match self.id.as_u128().checked_add(1) {
            Some(id) => Self { id: Uuid::from_u128(id), ..self },
            None => self.moved(-Duration::MICROSECOND, Uuid::nil()),
        }
    }

    fn moved(self, by: Duration, id: Uuid) -> Self {
        Self { created_at: self.created_at.checked_add(by).unwrap_or(self.created_at), id }
    }
}

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
    /// Returns whether the page is read from its last row to its first.
    #[must_use]
    pub fn is_backward(self) -> bool {
        matches!(self, Self::Before(_) | Self::End)
    }
}

/// A request for one page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageRequest {
    pub size: PageSize,
    pub start: Cursor,
}

/// One page, with its rows in order.
#[derive(Debug, Clone)]
pub struct Page<T> {
    pub items: Vec<T>,
    /// `None` if no row precedes this page.
    pub previous: Option<Cursor>,
    /// `None` if no row follows this page.
    pub next: Option<Cursor>,
    /// The number of rows on all pages, if the page itself determines it.
    pub total: Option<u64>,
}

impl<T> Page<T> {
    /// Builds a page from the rows that were read for `request`.
    ///
    /// - `rows` are in the order in which they were read: for a backward page, the row next to
    ///   its start comes first. They include one row more than fits, if there is one.
    /// - `hidden` is the number of further rows that were read and cannot be shown.
    /// - `has_rows_before` is whether a row lies on the other side of the start.
    ///
    /// A row whose position cannot be read stays on the page of the row that follows it. `None`
    /// if no row has a position after which the next page could begin. In that case,
    /// [`Page::unplaced`] finds one among more rows.
    pub fn new(
        request: PageRequest,
        mut rows: Vec<T>,
        hidden: usize,
        has_rows_before: bool,
        position: impl Fn(&T) -> Option<Position>,
    ) -> Option<Self> {
        let size = request.size.get();
        let more = rows.len() + hidden > size;
        rows.truncate(size);
        if more {
            let last = rows.iter().rposition(|row| position(row).is_some())?;
            rows.truncate(last + 1);
        }
        let backward = request.start.is_backward();
        if backward {
            rows.reverse();
        }
        let total = (!more).then(|| total(request.start, rows.len())).flatten();
        let (has_previous, has_next) =
            if backward { (more, has_rows_before) } else { (has_rows_before, more) };
        // A page can be empty although rows precede its start. In that case, all rows do.
        let first = rows.iter().find_map(&position).map_or(Cursor::End, Cursor::Before);
        let last = rows.iter().rev().find_map(&position).map_or(Cursor::Beginning, Cursor::After);
        Some(Self {
            previous: has_previous.then_some(first),
            next: has_next.then_some(last),
            items: rows,
            total,
        })
    }

    /// Builds a page whose rows have no readable position, from as many rows as could be read.
    /// The next page begins with the first of these rows that has a position.
    pub fn unplaced(
        request: PageRequest,
        mut rows: Vec<T>,
        has_rows_before: bool,
        position: impl Fn(&T) -> Option<Position>,
    ) -> Self {
        let backward = request.start.is_backward();
        let placed = rows.iter().position(|row| position(row).is_some());
        let first_placed = placed.and_then(|nth| position(&rows[nth]));
        rows.truncate(placed.unwrap_or(rows.len()).min(request.size.get()));
        if backward {
            rows.reverse();
        }
        let back = match request.start {
            Cursor::After(position) => Some(Cursor::Before(position.right_after())),
            Cursor::Before(position) => Some(Cursor::After(position.right_before())),
            _ => None,
        };
        let back = back.filter(|_| has_rows_before);
        let (previous, next) = if backward {
            (first_placed.map(|position| Cursor::Before(position.right_after())), back)
        } else {
            (back, first_placed.map(|position| Cursor::After(position.right_before())))
        };
        Self { items: rows, previous, next, total: None }
    }

    /// Maps the rows and removes those for which `keep` returns `None`. The page becomes shorter,
    /// and its adjacent pages stay the same.
    pub fn filter_map<U>(self, keep: impl FnMut(T) -> Option<U>) -> Page<U> {
        let Self { items, previous, next, total } = self;
        Page { items: items.into_iter().filter_map(keep).collect(), previous, next, total }
    }
}

/// The number of all rows, determined by a page that no row follows.
fn total(start: Cursor, rows: usize) -> Option<u64> {
    let rows = u64::try_from(rows).ok()?;
    match start {
        Cursor::Beginning | Cursor::Offset(0) => Some(rows),
        Cursor::Offset(offset) if rows > 0 => offset.checked_add(rows),
        _ => None,
    }
}
