//! Statements in a form that one driver needs, made at their first use.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

/// For each text what a driver has made of it.
pub(super) struct StatementCache<T>(RwLock<HashMap<&'static str, Arc<T>>>);

impl<T> Default for StatementCache<T> {
    fn default() -> Self {
        Self(RwLock::default())
    }
}

impl<T> StatementCache<T> {
    /// All are made anew, as what they are made with has changed.
    pub(super) fn forget(&self) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).clear();
    }

    pub(super) fn of(&self, text: &'static str, rewrite: impl FnOnce(&str) -> T) -> Arc<T> {
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
