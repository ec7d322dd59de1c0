//! Pages over a total order, newest first: pure, no HTTP and no SQL.
//!
//! A page begins at a position *between* rows (keyset pagination), so a walk
//! sees every row that stays exactly once, also while others come and go.
//! Numbered pages (an offset) exist for old clients only and promise less.

mod token;

pub use token::InvalidPageToken;

use time::{Duration, OffsetDateTime};
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

    /// The place right before this one, after every row that comes before.
    fn right_before(self) -> Self {
        match self.id.as_u128().checked_sub(1) {
            Some(id) => Self { id: Uuid::from_u128(id), ..self },
            None => self.moved(Duration::MICROSECOND, Uuid::max()),
        }
    }

    /// The place right after this one.
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

/// Where a page begins, and which way it reaches from there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cursor {
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

impl Cursor {
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
    pub start: Cursor,
}

/// One page, its rows in order.
#[derive(Debug, Clone)]
pub struct Page<T> {
    pub items: Vec<T>,
    /// `None` where no row comes before this page.
    pub previous: Option<Cursor>,
    /// `None` where no row comes after this page.
    pub next: Option<Cursor>,
    /// The number of rows on all pages, where the page itself tells it.
    pub total: Option<u64>,
}

impl<T> Page<T> {
    /// Makes a page of what was read for `request`.
    ///
    /// `rows` are in the order of the reading (so for a backward page the row
    /// next to its start first), with one row more than fits where there is
    /// one. `hidden` rows more were read, and cannot be shown. `behind` says whether a row
    /// lies on the other side of the start. Where a row's place cannot be read, it stays
    /// with the row that comes after it. `None` where no row has a place that the next page
    /// could begin after: then [`Page::unplaced`] finds one among more rows.
    pub fn new(
        request: PageRequest,
        mut rows: Vec<T>,
        hidden: usize,
        behind: bool,
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
        let (has_previous, has_next) = if backward { (more, behind) } else { (behind, more) };
        // A page can be empty though rows lie behind its start: then all of them do.
        let first = rows.iter().find_map(&position).map_or(Cursor::End, Cursor::Before);
        let last = rows.iter().rev().find_map(&position).map_or(Cursor::Beginning, Cursor::After);
        Some(Self {
            previous: has_previous.then_some(first),
            next: has_next.then_some(last),
            items: rows,
            total,
        })
    }

    /// The same of a page whose rows have no place, made from as many rows as could be
    /// read: it leads on to the first of them that has one.
    pub fn unplaced(
        request: PageRequest,
        mut rows: Vec<T>,
        behind: bool,
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
        let back = back.filter(|_| behind);
        let (previous, next) = if backward {
            (first_placed.map(|position| Cursor::Before(position.right_after())), back)
        } else {
            (back, first_placed.map(|position| Cursor::After(position.right_before())))
        };
        Self { items: rows, previous, next, total: None }
    }

    /// The page without the rows that `keep` drops: shorter, its neighbours the same.
    pub fn filter_map<U>(self, keep: impl FnMut(T) -> Option<U>) -> Page<U> {
        let Self { items, previous, next, total } = self;
        Page { items: items.into_iter().filter_map(keep).collect(), previous, next, total }
    }
}

/// The number of all rows, told by a page after which no row comes.
fn total(start: Cursor, rows: usize) -> Option<u64> {
    let rows = u64::try_from(rows).ok()?;
    match start {
        Cursor::Beginning | Cursor::Offset(0) => Some(rows),
        Cursor::Offset(offset) if rows > 0 => offset.checked_add(rows),
        _ => None,
    }
}
