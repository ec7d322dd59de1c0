//! The order of sessions that were created in the same instant.
//!
//! Kratos answers them in the order of their insertion, elsewhere by id. The answers do not say
//! when a session was created. So an order is accepted if the lists are made of the same groups in
//! the same order, and every group that is ordered differently is ordered by id in elsewhere.

use std::collections::HashSet;

/// Returns true if two orders of the same ids differ by ties only.
pub(super) fn differs_by_ties(kratos: &[&str], elsewhere: &[&str]) -> bool {
    let mut open = HashSet::new();
    let mut start = 0;
    for (index, pair) in kratos.iter().zip(elsewhere).enumerate() {
        // An id that both lists have reached is removed by the second one.
        for id in <[_; 2]>::from(pair) {
            if !open.remove(id) {
                open.insert(id);
            }
        }
        if open.is_empty() {
            if !elsewhere[start..=index].is_sorted() {
                return false;
            }
            start = index + 1;
        }
    }
    open.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_of_ties_are_ordered_by_id() {
        for (kratos, elsewhere, expected) in [
            ("z c a b y", "z a b c y", true),
            ("b a d c", "a b c d", true),
            ("a b c", "b a c", false),
            ("z c a b y", "z b a c y", false),
            // The oldest session as the newest one.
            ("z y x a", "a z y x", false),
        ] {
            let split = |list: &'static str| list.split(' ').collect::<Vec<_>>();
            assert_eq!(differs_by_ties(&split(kratos), &split(elsewhere)), expected, "{kratos}");
        }
    }
}
