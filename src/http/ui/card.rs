//! Cards: the sessions of one device at one place belong together.

use crate::http::ui::row::{LastActive, Row};
use crate::i18n::Language;

/// One or several sessions of a page, the newest first. A card is never empty.
pub(super) struct Card<'a>(pub Vec<Row<'a>>);

impl<'a> Card<'a> {
    /// Groups the sessions of a page. A card stands where its newest session stands.
    pub(super) fn group(rows: impl Iterator<Item = Row<'a>>) -> Vec<Self> {
        let mut cards: Vec<Self> = Vec::new();
        for row in rows {
            match cards.iter_mut().find(|card| card.0.iter().any(|other| are_alike(other, &row))) {
                Some(card) => card.0.push(row),
                None => cards.push(Self(vec![row])),
            }
        }
        for row in cards.iter_mut().filter(|card| card.0.len() > 1).flat_map(|card| &mut card.0) {
            row.label = format!("{}, {}", row.label, row.signed_in.ago);
        }
        cards
    }

    /// The number of sessions in words. `None` if there is only one.
    pub(super) fn count(&self, language: &Language) -> Option<String> {
        let count = self.0.len();
        (count > 1).then(|| language.count(&language.counts.sessions, count as u64))
    }

    /// When any of the sessions was last used, as the page says it.
    pub(super) fn last_active(&self) -> &LastActive {
        let last = self.0.iter().map(|row| &row.last_active).max_by_key(|active| match active {
            LastActive::At(moment) => Some(&moment.machine),
            LastActive::Now | LastActive::NotNoted => None,
        });
        last.unwrap_or(&LastActive::NotNoted)
    }

    /// The address of all sessions. `None` if they differ.
    pub(super) fn address(&self) -> Option<&'a str> {
        let first = self.0.first()?.address;
        first.filter(|_| self.0.iter().all(|row| row.address == first))
    }

    /// Unfolds a card with something that the person has to see.
    pub(super) fn is_open(&self) -> bool {
        let is_refused = |row: &Row<'_>| row.naming.as_ref().is_some_and(|one| one.is_refused);
        self.0.iter().any(|row| row.is_new || is_refused(row))
    }
}

/// Returns whether two sessions are of the same device, at the same place or address.
fn are_alike(one: &Row<'_>, other: &Row<'_>) -> bool {
    let is_same_device =
        one.name == other.name && one.device == other.device && one.kind == other.kind;
    let is_same_place = match (&one.place, &other.place) {
        (Some(one), Some(other)) => one == other,
        _ => one.address.is_some() && one.address == other.address,
    };
    is_same_device && is_same_place
}
