//! Lists of ids in a text that stays the same, whatever their number, so that
//! it is prepared once: a list has one of two lengths, and what is left of it is
//! filled up by repetition.

use std::sync::LazyLock;

use uuid::Uuid;

use crate::database::driver::Argument;
use crate::repository::BATCH_SIZE;

const SHORT: usize = 16;

/// A text in both lengths.
pub(in crate::database) struct Texts(LazyLock<[String; 2]>);

impl Texts {
    /// `make` gets `($n, $m, …)`; its other arguments are those before `first`.
    pub(super) const fn new(make: fn() -> [String; 2]) -> Self {
        Self(LazyLock::new(make))
    }

    pub(super) fn fitting(&'static self, ids: &[Uuid]) -> &'static str {
        let [short, long] = &*self.0;
        if ids.len() <= SHORT { short } else { long }
    }
}

/// Both lengths of a text, which is made by `make` of the list.
pub(super) fn lengths(first: usize, make: impl Fn(&str) -> String) -> [String; 2] {
    [SHORT, BATCH_SIZE].map(|length| {
        let names: Vec<_> = (first..first + length).map(|nth| format!("${nth}")).collect();
        make(&names.join(", "))
    })
}

/// The list's arguments. Of no ids there is no list: the nil UUID is nobody's.
pub(super) fn arguments(ids: &[Uuid]) -> impl Iterator<Item = Argument<'static>> {
    let length = if ids.len() <= SHORT { SHORT } else { BATCH_SIZE };
    let last = ids.last().copied().unwrap_or(Uuid::nil());
    let filling = std::iter::repeat_n(last, length.saturating_sub(ids.len()));
    ids.iter().copied().take(BATCH_SIZE).chain(filling).map(Argument::Id)
}
