//! Several statements as one, which saves round trips: `WITH … AS (INSERT …) UPDATE …`
//! (<https://www.postgresql.org/docs/current/queries-with.html#QUERIES-WITH-MODIFYING>).
//!
//! All of them see the rows as they were before, and none sees the effects of another. They run in
//! no particular order.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::{Arc, PoisonError, RwLock};

use crate::database::driver::Statement;

/// The combined texts, by the addresses of their parts: texts live as long as the process.
#[derive(Default)]
pub(super) struct CombinedTexts(RwLock<HashMap<Vec<usize>, Arc<str>>>);

impl CombinedTexts {
    /// The text of all statements, of which there is at least one. Its arguments are those of the
    /// statements, one after another.
    pub(super) fn of(&self, statements: &[Statement<'_>]) -> Arc<str> {
        let key: Vec<_> = statements.iter().map(|one| one.text.as_ptr().addr()).collect();
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(text) = known.get(&key) {
            return Arc::clone(text);
        }
        drop(known);
        let parts = statements.iter().map(|one| (one.text, one.arguments.len()));
        let text: Arc<str> = combine(parts).into();
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        known.insert(key, Arc::clone(&text));
        text
    }
}

/// Combines texts, each with the number of its arguments.
fn combine<'a>(parts: impl ExactSizeIterator<Item = (&'a str, usize)>) -> String {
    let (mut text, mut offset, last) = (String::new(), 0, parts.len().saturating_sub(1));
    for (nth, (part, arguments)) in parts.enumerate() {
        let part = renumbered(part, offset);
        offset += arguments;
        // Writing to a String cannot fail.
        let _ = match nth {
            _ if nth == last => write!(text, "\n{part}"),
            0 => write!(text, "WITH part0 AS ({part})"),
            _ => write!(text, ", part{nth} AS ({part})"),
        };
    }
    text
}

/// The text with `offset` added to the number of each placeholder.
fn renumbered(text: &str, offset: usize) -> String {
    let mut parts = text.split('$');
    let mut renumbered = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let digits = part.find(|c: char| !c.is_ascii_digit()).unwrap_or(part.len());
        let (number, rest) = part.split_at(digits);
        renumbered.push('$');
        match number.parse::<usize>() {
            Ok(number) => drop(write!(renumbered, "{}", number + offset)),
            Err(_) => renumbered.push_str(number),
        }
        renumbered.push_str(rest);
    }
    renumbered
}

#[cfg(test)]
mod tests {
    use super::combine;

    #[test]
    fn placeholders_of_later_statements_follow_those_of_earlier_ones() {
        let parts =
            [("INSERT a = $1, $2", 2), ("DELETE b = $1", 1), ("UPDATE c = $2 OR d = $1", 2)];
        assert_eq!(
            combine(parts.into_iter()),
            "WITH part0 AS (INSERT a = $1, $2), part1 AS (DELETE b = $3)\nUPDATE c = $5 OR d = $4"
        );
        assert_eq!(combine([("UPDATE c = $1", 1)].into_iter()), "\nUPDATE c = $1");
    }
}
