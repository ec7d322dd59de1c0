//! `$1`, `$2` as MySQL knows them: a `?` each, and the order of what they stand for.

use std::sync::Arc;

/// A text with `?`, and for each of them which argument it takes, from 0.
pub(super) type Numbered = (Arc<str>, Vec<usize>);

/// No text has a `$` for anything else.
pub(super) fn rewrite(text: &str) -> Numbered {
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
