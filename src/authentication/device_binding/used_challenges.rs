//! Challenges that were answered, so that each counts once.

use std::collections::{HashSet, VecDeque};
use std::sync::{Mutex, PoisonError};

/// The number of answered challenges that a replica knows: those of five minutes at 200 a second.
/// Beyond that, the oldest are forgotten, and can be answered again until they run out.
const MAX: usize = 1 << 16;

#[derive(Default)]
pub(super) struct UsedChallenges(Mutex<Used>);

#[derive(Default)]
struct Used {
    known: HashSet<u128>,
    /// The oldest first.
    order: VecDeque<u128>,
}

impl UsedChallenges {
    /// True the first time.
    pub(super) fn take(&self, nonce: u128) -> bool {
        let mut used = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !used.known.insert(nonce) {
            return false;
        }
        used.order.push_back(nonce);
        if used.order.len() > MAX
            && let Some(oldest) = used.order.pop_front()
        {
            used.known.remove(&oldest);
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::{MAX, UsedChallenges};

    #[test]
    fn each_challenge_counts_once_and_only_the_newest_are_known() {
        let used = UsedChallenges::default();
        assert!(used.take(0));
        assert!(!used.take(0));
        assert!((1..=MAX as u128).all(|nonce| used.take(nonce)));
        assert!(!used.take(1));
        assert!(used.take(0), "the oldest is forgotten");
    }
}
