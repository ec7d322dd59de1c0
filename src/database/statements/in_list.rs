//! `IN` lists of ids, in texts that do not depend on the number of ids.
//!
//! A list has one of two lengths, so that each text is prepared once. The last id is repeated
//! to fill the list.

use std::sync::LazyLock;

use uuid::Uuid;

use crate::database::driver::Argument;
use crate::repository::{BATCH_SIZE, KeptSessions};

const SHORT: usize = 16;

/// A text in both lengths. Built on first use.
pub(in crate::database) struct Texts(LazyLock<[String; 2]>);

impl Texts {
    /// `make` calls [`lengths`].
    pub(super) const fn new(make: fn() -> [String; 2]) -> Self {
        Self(LazyLock::new(make))
    }

    pub(super) fn fitting(&'static self, ids: &[Uuid]) -> &'static str {
        let [short, long] = &*self.0;
        if ids.len() <= SHORT { short } else { long }
    }
}

/// The list of the sessions that are kept, which begins with number `first`. It has one length.
pub(super) fn kept(first: usize) -> String {
    let names: Vec<_> = (first..first + KeptSessions::MAX).map(|nth| format!("${nth}")).collect();
    names.join(", ")
}

/// The arguments of [`kept`].
pub(super) fn kept_arguments(kept: KeptSessions<'_>) -> impl Iterator<Item = Argument<'static>> {
    let filling = std::iter::repeat(Uuid::nil());
    kept.ids().iter().copied().chain(filling).take(KeptSessions::MAX).map(Argument::Id)
}

/// Both lengths of a text. `make` gets the list `$n, $m, …`, which begins with number `first`.
/// The numbers before that are for the text's other arguments.
pub(super) fn lengths(first: usize, make: impl Fn(&str) -> String) -> [String; 2] {
    [SHORT, BATCH_SIZE].map(|length| {
        let names: Vec<_> = (first..first + length).map(|nth| format!("${nth}")).collect();
        make(&names.join(", "))
    })
}

/// The list's arguments. An empty list is padded with the nil UUID, which matches no row.
pub(super) fn arguments(ids: &[Uuid]) -> impl Iterator<Item = Argument<'static>> {
    let length = if ids.len() <= SHORT { SHORT } else { BATCH_SIZE };
    let last = ids.last().copied().unwrap_or(Uuid::nil());
    let filling = std::iter::repeat_n(last, length.saturating_sub(ids.len()));
    ids.iter().copied().take(BATCH_SIZE).chain(filling).map(Argument::Id)
}
