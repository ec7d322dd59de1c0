//! The last visit of the page, in a cookie: sessions that are newer are marked.
//!
//! A visit lasts while the person looks at the page again and again, so that marks stay while
//! sessions are signed out one by one. At the first visit, nothing is marked. The cookie says
//! nothing about the person, and a wrong one changes marks only. It is sent along a link from
//! another site, such as a mail: otherwise, that visit would mark nothing.

use axum::http::HeaderMap;
use cookie::SameSite;
use time::{Duration, OffsetDateTime};

use crate::http::ui::cookies;
use crate::http::ui::cookies::PageCookies;

const COOKIE: &str = "elsewhere_last_visit";
/// The longest age of a cookie that browsers accept.
const MAX_AGE: Duration = Duration::days(400);
/// The time without a look at the page after which the visit is over.
const PAUSE: Duration = Duration::minutes(30);

/// The visit that this request is a part of.
pub(super) struct Visit {
    /// The end of the visit before. The beginning of this one if there was none.
    pub last: OffsetDateTime,
    now: OffsetDateTime,
}

impl Visit {
    /// Reads the cookie of a request.
    pub(super) fn of(headers: &HeaderMap, now: OffsetDateTime) -> Self {
        let found = cookies::values(headers, COOKIE).find_map(parse);
        let last = match found {
            Some((_, seen)) if now - seen > PAUSE => seen,
            Some((last, _)) => last,
            None => now,
        };
        Self { last: last.min(now), now }
    }

    /// The `Set-Cookie` header for the next request.
    pub(super) fn cookie(&self, cookies: &PageCookies) -> String {
        let value = format!("{}-{}", self.last.unix_timestamp(), self.now.unix_timestamp());
        cookies.set(COOKIE, value, MAX_AGE, SameSite::Lax)
    }
}

/// The end of the visit before, and the last look at the page.
fn parse(value: &str) -> Option<(OffsetDateTime, OffsetDateTime)> {
    let (last, seen) = value.split_once('-')?;
    let time = |text: &str| OffsetDateTime::from_unix_timestamp(text.parse().ok()?).ok();
    Some((time(last)?, time(seen)?))
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, HeaderValue, header};
    use time::OffsetDateTime;

    use super::Visit;

    /// The end of the visit before, at second 10,000 with this cookie.
    fn last_visit(cookie: &str) -> i64 {
        let mut headers = HeaderMap::new();
        headers.insert(header::COOKIE, HeaderValue::from_str(cookie).unwrap());
        let now = OffsetDateTime::from_unix_timestamp(10_000).unwrap();
        Visit::of(&headers, now).last.unix_timestamp()
    }

    #[test]
    fn visit_begins_after_half_an_hour_without_a_look() {
        for (cookie, last) in [
            ("a=b", 10_000),
            ("elsewhere_last_visit=100-8200", 100),
            ("elsewhere_last_visit=100-8199", 8199),
            ("a=b; elsewhere_last_visit=x; elsewhere_last_visit=100-9999", 100),
            // Wrong ones mark nothing.
            ("elsewhere_last_visit=", 10_000),
            ("elsewhere_last_visit=99999999999999999999-1", 10_000),
            ("elsewhere_last_visit=20000-20000", 10_000),
        ] {
            assert_eq!(last_visit(cookie), last, "{cookie}");
        }
    }
}
