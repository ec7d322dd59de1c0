//! The last visit of the page, in a cookie: sessions that are newer are marked.
//!
//! A visit lasts while the person looks at the page again and again, so that marks stay while
//! sessions are signed out one by one. At the first visit, nothing is marked. The cookie is signed
//! for the identity: it says nothing about another person who uses the browser, and another host of
//! the same site cannot make one that hides marks. It is sent along a link from another site, such
//! as a mail: otherwise, that visit would mark nothing.

use axum::http::HeaderMap;
use cookie::SameSite;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use crate::authentication::{CookieCodec, TextOwner, TextPurpose};
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
    identity: Uuid,
    now: OffsetDateTime,
}

impl Visit {
    /// Reads the cookie of a person's request.
    pub(super) fn of(
        headers: &HeaderMap,
        codec: &CookieCodec,
        identity: Uuid,
        now: OffsetDateTime,
    ) -> Self {
        let owner = TextOwner::Identity(identity);
        let found = cookies::values(headers, COOKIE)
            .find_map(|value| parse(&codec.open_text(TextPurpose::Page, value, owner)?));
        let last = match found {
            Some((_, seen)) if now - seen > PAUSE => seen,
            Some((last, _)) => last,
            None => now,
        };
        Self { identity, last: last.min(now), now }
    }

    /// The `Set-Cookie` header for the next request. `None` if no cookie secret is configured.
    pub(super) fn cookie(&self, codec: &CookieCodec, cookies: &PageCookies) -> Option<String> {
        let text = format!("{}-{}", self.last.unix_timestamp(), self.now.unix_timestamp());
        let value =
            codec.sign_text(TextPurpose::Page, &text, TextOwner::Identity(self.identity))?;
        Some(cookies.set(COOKIE, value, MAX_AGE, SameSite::Lax))
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
    use std::collections::BTreeMap;

    use axum::http::{HeaderMap, HeaderValue, header};
    use time::OffsetDateTime;
    use uuid::Uuid;

    use super::Visit;
    use crate::authentication::{CookieCodec, TextOwner, TextPurpose};
    use crate::config::Config;

    const ANA: Uuid = Uuid::from_u128(1);

    fn codec() -> CookieCodec {
        let secret = ("ELSEWHERE_SESSION__COOKIE_SECRETS", "a-secret-of-16-characters");
        let secret = BTreeMap::from([(secret.0.to_owned(), secret.1.to_owned())]);
        CookieCodec::new(&Config::load(None, &secret).unwrap())
    }

    fn signed(text: &str, identity: Uuid) -> String {
        let value =
            codec().sign_text(TextPurpose::Page, text, TextOwner::Identity(identity)).unwrap();
        format!("elsewhere_last_visit={value}")
    }

    /// The end of Ana's visit before, at second 10,000 with this cookie.
    fn last_visit(cookie: &str) -> i64 {
        let mut headers = HeaderMap::new();
        headers.insert(header::COOKIE, HeaderValue::from_str(cookie).unwrap());
        let now = OffsetDateTime::from_unix_timestamp(10_000).unwrap();
        Visit::of(&headers, &codec(), ANA, now).last.unix_timestamp()
    }

    #[test]
    fn visit_begins_after_half_an_hour_without_a_look() {
        assert_eq!(last_visit("a=b"), 10_000);
        assert_eq!(last_visit(&signed("100-8200", ANA)), 100);
        assert_eq!(last_visit(&signed("100-8199", ANA)), 8199);
        assert_eq!(last_visit(&signed("20000-20000", ANA)), 10_000);
    }

    #[test]
    fn cookie_of_somebody_else_or_without_a_signature_counts_as_none() {
        assert_eq!(last_visit("elsewhere_last_visit=100-9999"), 10_000);
        assert_eq!(last_visit("elsewhere_last_visit="), 10_000);
        assert_eq!(last_visit(&signed("100-9999", Uuid::from_u128(2))), 10_000);
        // Another host of the site can set one that is sent first.
        let both = format!("elsewhere_last_visit=9-9; {}", signed("100-9999", ANA));
        assert_eq!(last_visit(&both), 100);
    }
}
