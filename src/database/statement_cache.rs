//! A cache of statements in a driver's own form, filled at their first use.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

/// The driver's own form of each text.
pub(super) struct StatementCache<T>(RwLock<HashMap<Key, Arc<T>>>);

/// A text by its address and length: texts live as long as the process, and are long to hash at
/// each call.
type Key = (usize, usize);

fn key(text: &'static str) -> Key {
    (text.as_ptr().addr(), text.len())
}

impl<T> Default for StatementCache<T> {
    fn default() -> Self {
        Self(RwLock::default())
    }
}

impl<T> StatementCache<T> {
    /// Empties the cache, because the inputs of the rewriting have changed.
    pub(super) fn clear(&self) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).clear();
    }

    pub(super) fn get_or_rewrite(
        &self,
        text: &'static str,
        rewrite: impl FnOnce(&str) -> T,
    ) -> Arc<T> {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(rewritten) = known.get(&key(text)) {
            return Arc::clone(rewritten);
        }
        drop(known);
        let rewritten = Arc::new(rewrite(text));
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        known.insert(key(text), Arc::clone(&rewritten));
        rewritten
    }
}
