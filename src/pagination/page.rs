//! Pages, built from the rows that were read.

use crate::pagination::cursor::Cursor;
use crate::pagination::position::Position;

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
