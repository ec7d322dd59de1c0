//! Notices of what a form has done. The redirect after the form carries the notice in a cookie,
//! and the next page shows it once.
//!
//! The cookie is signed for the session, so that neither a link nor another host of the same site
//! can make the page say that something was done.

use axum::http::HeaderMap;
use cookie::SameSite;
use serde::{Deserialize, Serialize};
use time::Duration;
use uuid::Uuid;

use crate::authentication::{CookieCodec, TextOwner, TextPurpose};
use crate::http::ui::cookies;
use crate::http::ui::cookies::PageCookies;
use crate::http::ui::phrase::Phrase;
use crate::i18n::PageTexts;
use crate::session::SessionToken;

const COOKIE: &str = "elsewhere_notice";
/// The time in which a browser follows a redirect.
const MAX_AGE: Duration = Duration::minutes(1);

/// The result of a form.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Notice {
    /// One session was signed out, called by the title that its form had.
    SignedOut(String),
    SignedOutOthers(usize),
    Named(String),
    Unnamed,
    /// This name was refused for this session.
    NameRefused(Uuid, String),
}

impl Notice {
    /// The words for people. `None` for a problem that is shown in its place.
    pub(super) fn in_words(&self, texts: &PageTexts) -> Option<Phrase> {
        Some(match self {
            Self::SignedOut(title) if title.is_empty() => Phrase::plain(&texts.done_one_unnamed),
            Self::SignedOut(title) => Phrase::with(&texts.done_one, "{session}", title),
            Self::SignedOutOthers(count) => {
                Phrase::plain(texts.done_others.replace("{count}", &count.to_string()))
            }
            Self::Named(name) => Phrase::with(&texts.done_named, "{name}", name),
            Self::Unnamed => Phrase::plain(&texts.done_unnamed),
            Self::NameRefused(..) => return None,
        })
    }

    /// The `Set-Cookie` header that takes the notice to the next page of this session. `None` if
    /// no cookie secret is configured.
    pub(super) fn cookie(
        &self,
        codec: &CookieCodec,
        session: &SessionToken,
        cookies: &PageCookies,
    ) -> Option<String> {
        let text = serde_json::to_string(self).ok()?;
        let value = codec.sign_text(TextPurpose::Page, &text, TextOwner::Session(session))?;
        Some(cookies.set(COOKIE, value, MAX_AGE, SameSite::Strict))
    }
}

/// The notice of a request.
pub(super) struct Brought {
    pub notice: Option<Notice>,
    /// The `Set-Cookie` header that removes the cookie, if there is one.
    pub removal: Option<String>,
}

/// Takes the notice out of a request of this session.
pub(super) fn take(
    headers: &HeaderMap,
    codec: &CookieCodec,
    session: &SessionToken,
    cookies: &PageCookies,
) -> Brought {
    let mut values = cookies::values(headers, COOKIE).peekable();
    let removal = values.peek().map(|_| cookies.remove(COOKIE));
    let text = values
        .find_map(|value| codec.open_text(TextPurpose::Page, value, TextOwner::Session(session)));
    let notice = text.and_then(|text| serde_json::from_str(&text).ok());
    Brought { notice, removal }
}
