//! Placeholders for MySQL: a `?` for each `$1` or `$2`, and the order of the arguments.

use std::sync::Arc;

/// A text with `?`, and for each of them the index of its argument, from 0.
pub(super) type Numbered = (Arc<str>, Vec<usize>);

/// Replaces the placeholders. A `$` without a number stays, because JSON paths begin with it.
pub(super) fn rewrite(text: &str) -> Numbered {
    let mut parts = text.split('$');
    let mut rewritten = parts.next().unwrap_or_default().to_owned();
    let mut order = Vec::new();
    for part in parts {
        let digits = part.find(|c: char| !c.is_ascii_digit()).unwrap_or(part.len());
        let (number, rest) = part.split_at(digits);
        match number.parse::<usize>().ok().and_then(|number| number.checked_sub(1)) {
            Some(nth) => {
                order.push(nth);
                rewritten.push('?');
            }
            None => rewritten.push('$'),
        }
        rewritten.push_str(rest);
    }
    (rewritten.into(), order)
}

#[cfg(test)]
mod tests {
    #[test]
    fn arguments_are_repeated_and_reordered() {
        let (text, order) = super::rewrite("a = $2 AND b = $10 OR f(c, '$.c') = $2 LIMIT $1");
        assert_eq!(&*text, "a = ? AND b = ? OR f(c, '$.c') = ? LIMIT ?");
        assert_eq!(order, [1, 9, 1, 0]);
    }
}
