//! The JSON form of times: RFC 3339 in UTC with a `Z`. The fraction has no trailing zeros.
//!
//! `time::serde::rfc3339` is not used: it allocates, and it fails for years before 0, which a
//! database may hold. One such row would make the whole response fail.

use serde::{Serialize, Serializer};
use time::OffsetDateTime;

use crate::date_time_text::DateTimeText;

/// A time that may be null, in a field that may be absent.
#[derive(Serialize)]
pub(crate) struct OptionalInstant(
    #[serde(serialize_with = "optional_rfc3339")] pub Option<OffsetDateTime>,
);

pub(crate) fn rfc3339<S: Serializer>(
    time: &OffsetDateTime,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(DateTimeText::new(*time, b'T').trim().with_end("Z").as_str())
}

#[expect(clippy::ref_option, reason = "the signature that serde requires")]
pub(crate) fn optional_rfc3339<S: Serializer>(
    time: &Option<OffsetDateTime>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match time {
        Some(time) => rfc3339(time, serializer),
        None => serializer.serialize_none(),
    }
}
