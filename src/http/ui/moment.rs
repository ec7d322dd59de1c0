//! Times, as people say them, with the exact time for those who want it.

use askama::Template;
use time::OffsetDateTime;
use time::macros::format_description;

use crate::i18n::Language;

/// A time. Screen readers read out the exact one, too, which a pointer shows on hover.
#[derive(Template)]
#[template(path = "moment.html")]
pub(super) struct Moment {
    /// For the script that converts the exact time to the viewer's zone.
    pub machine: String,
    exact: String,
    pub ago: String,
}

impl Moment {
    pub(super) fn new(at: OffsetDateTime, now: OffsetDateTime, language: &Language) -> Self {
        let machine = format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]Z");
        let exact = format_description!("[year]-[month]-[day] [hour]:[minute] UTC");
        let ago = language.ago(at, now);
        let at = at.to_offset(time::UtcOffset::UTC);
        let text = |format| at.format(format).unwrap_or_default();
        Self { machine: text(machine), exact: text(exact), ago }
    }
}
