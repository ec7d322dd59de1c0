//! The result of comparing two answers to one question.

use std::collections::BTreeSet;
use std::fmt::Display;

use crate::cli::compare::difference::{Difference, Kind};
use crate::cli::compare::hint::Hint;
use crate::cli::compare::known::Known;
use crate::cli::compare::statuses::Statuses;

/// Two answers can differ in a million places; people read the first ones.
const MAX_DIFFERENCES: usize = 20;

pub(super) struct Findings {
    pub statuses: Statuses,
    differences: Vec<Difference>,
    /// The number of differences beyond the limit.
    pub more: usize,
    pub known: BTreeSet<Known>,
    pub hints: BTreeSet<Hint>,
}

impl Findings {
    pub(super) fn new(statuses: Statuses) -> Self {
        let (known, hints) = (BTreeSet::new(), BTreeSet::new());
        Self { statuses, differences: Vec::new(), more: 0, known, hints }
    }

    pub(super) fn differences(&self) -> &[Difference] {
        &self.differences
    }

    pub(super) fn differs(&mut self, place: impl Display, kind: Kind) {
        if self.differences.len() < MAX_DIFFERENCES {
            self.differences.push(Difference { place: place.to_string(), kind });
        } else {
            self.more += 1;
        }
    }

    pub(super) fn is_known(&mut self, known: Known) {
        self.known.insert(known);
    }

    pub(super) fn hint(&mut self, hint: Hint) {
        self.hints.insert(hint);
    }
}
