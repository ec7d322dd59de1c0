//! `$1`, `$2` as MySQL knows them: a `?` each, and the order of what they stand for.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

/// A text with `?`, and for each of them which argument it takes, from 0.
pub(super) type Rewritten = (Arc<str>, Vec<usize>);

/// Each text rewritten, at its first use.
#[derive(Default)]
pub(super) struct Texts(RwLock<HashMap<&'static str, Arc<Rewritten>>>);

impl Texts {
    pub(super) fn of(&self, text: &'static str) -> Arc<Rewritten> {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(rewritten) = known.get(text) {
            return Arc::clone(rewritten);
        }
        drop(known);
        let rewritten = Arc::new(rewrite(text));
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        known.insert(text, Arc::clone(&rewritten));
        rewritten
    }
}

/// No text has a `$` for anything else.
fn rewrite(text: &str) -> Rewritten {
    let mut parts = text.split('$');
    let mut rewritten = parts.next().unwrap_or_default().to_owned();
    let mut order = Vec::new();
    for part in parts {
        let digits = part.find(|c: char| !c.is_ascii_digit()).unwrap_or(part.len());
        let (number, rest) = part.split_at(digits);
        order.extend(number.parse::<usize>().ok().and_then(|number| number.checked_sub(1)));
        rewritten.push('?');
        rewritten.push_str(rest);
    }
    (rewritten.into(), order)
}

#[cfg(test)]
mod tests {
    #[test]
    fn arguments_are_repeated_and_reordered() {
        let (text, order) = super::rewrite("a = $2 AND b = $10 OR c = $2 LIMIT $1");
        assert_eq!(&*text, "a = ? AND b = ? OR c = ? LIMIT ?");
        assert_eq!(order, [1, 9, 1, 0]);
    }
}
