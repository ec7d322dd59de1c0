//! The id of an event, which is also its position in the log.

use std::fmt;
use std::str::FromStr;

/// Positions begin at 1 and have no gaps. An event has no position until every event that precedes
/// it has one, so a reader who continues after the last id skips nothing.
///
/// Clients get an opaque text of 16 digits, which sorts like the position.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventId(i64);

impl EventId {
    /// The position before the first event.
    pub const BEGINNING: Self = Self(0);
    /// A position after every event.
    pub const END: Self = Self(i64::MAX);

    /// `None` if the number is negative.
    #[must_use]
    pub fn new(position: i64) -> Option<Self> {
        (position >= 0).then_some(Self(position))
    }

    #[must_use]
    pub fn get(self) -> i64 {
        self.0
    }

    /// The position before this one.
    #[must_use]
    pub fn previous(self) -> Self {
        Self((self.0 - 1).max(0))
    }

    /// The position `count` events later.
    #[must_use]
    pub fn plus(self, count: usize) -> Self {
        Self(self.0.saturating_add(i64::try_from(count).unwrap_or(i64::MAX)))
    }
}

/// The text is not the id of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not the id of an event")]
pub struct InvalidEventId;

impl FromStr for EventId {
    type Err = InvalidEventId;

    fn from_str(text: &str) -> Result<Self, InvalidEventId> {
        let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        if text.len() != 16 || !text.bytes().all(is_digit) {
            return Err(InvalidEventId);
        }
        let position = i64::from_str_radix(text, 16).map_err(|_| InvalidEventId)?;
        Self::new(position).ok_or(InvalidEventId)
    }
}

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::EventId;

    proptest! {
        #[test]
        fn ids_sort_as_text_and_are_read_back(one in 0..i64::MAX, other in 0..i64::MAX) {
            let (one, other) = (EventId::new(one).unwrap(), EventId::new(other).unwrap());
            prop_assert_eq!(one.to_string().parse(), Ok(one));
            prop_assert_eq!(one.cmp(&other), one.to_string().cmp(&other.to_string()));
        }

        #[test]
        fn no_other_text_is_an_id(text in "[0-9a-fA-F+-]{0,17}") {
            if let Ok(id) = text.parse::<EventId>() {
                prop_assert_eq!(id.to_string(), text);
            }
        }
    }

    #[test]
    fn negative_positions_are_no_ids() {
        assert!("ffffffffffffffff".parse::<EventId>().is_err());
        assert!(EventId::new(-1).is_none());
    }
}
