//! Positions in the order of lists.

use time::{Duration, OffsetDateTime};
use uuid::Uuid;

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
    pub(super) fn right_before(self) -> Self {
        match self.id.as_u128().checked_sub(1) {
            Some(id) => Self { id: Uuid::from_u128(id), ..self },
            None => self.moved(Duration::MICROSECOND, Uuid::max()),
        }
    }

    /// The position right after this one.
    pub(super) fn right_after(self) -> Self {
        match self.id.as_u128().checked_add(1) {
            Some(id) => Self { id: Uuid::from_u128(id), ..self },
            None => self.moved(-Duration::MICROSECOND, Uuid::nil()),
        }
    }

    fn moved(self, by: Duration, id: Uuid) -> Self {
        Self { created_at: self.created_at.checked_add(by).unwrap_or(self.created_at), id }
    }
}
