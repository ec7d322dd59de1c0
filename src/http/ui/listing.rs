//! The sessions of a page: a page of the list, or the result of a search.

use time::OffsetDateTime;

use crate::authentication::Credential;
use crate::http::ui::search;
use crate::http::ui::search::{Search, Words};
use crate::http::ui::view::{SESSIONS_PER_PAGE, View};
use crate::i18n::Language;
use crate::identity::SessionWithIdentity;
use crate::pagination::{Cursor, Page};
use crate::service::{CallerError, Overview, SessionService};
use crate::session::Session;
use crate::user_agent;

/// The sessions that a page shows.
pub(super) struct Listing {
    /// The part of the list that they are, which may be an adjacent one.
    pub view: View,
    pub caller: SessionWithIdentity,
    pub others: Vec<Session>,
    pub newer: Option<Cursor>,
    pub older: Option<Cursor>,
    /// The number of all others in words, on the first page only.
    pub count: Option<String>,
    /// The search, if there are sessions on other pages.
    pub search: Option<Search>,
}

/// Finds the sessions that a view shows.
pub(super) async fn find(
    service: &SessionService,
    credential: &Credential,
    view: View,
    language: &Language,
    now: OffsetDateTime,
) -> Result<Listing, CallerError> {
    user_agent::ready().await;
    if let Some(text) = view.search.clone() {
        let mut words = Words::of(&text);
        let is_match = |session: &Session| words.are_in(session, language);
        let found = service.search_others(credential, is_match, search::MAX_SHOWN, now).await?;
        let search = Some(Search::done(&text, &found, language));
        let (caller, others) = (found.caller, found.sessions);
        return Ok(Listing { view, caller, others, newer: None, older: None, count: None, search });
    }
    let Overview { current, others, start } = service.overview(credential, view.page, now).await?;
    let mut view = view;
    view.page.start = start;
    let has_pages = others.previous.is_some() || others.next.is_some();
    Ok(Listing {
        view,
        caller: current,
        count: count(&others, language),
        newer: others.previous,
        older: others.next,
        search: has_pages.then(Search::empty),
        others: others.items,
    })
}

/// The number of other sessions. It is exact if they are all on one page: to count more of them
/// would take the database longer than to read the page.
pub(super) fn count(others: &Page<Session>, language: &Language) -> Option<String> {
    match others {
        Page { previous: Some(_), .. } => None,
        Page { next: Some(_), .. } => {
            let text = &language.page.more_sessions;
            Some(text.replace("{count}", &SESSIONS_PER_PAGE.to_string()))
        }
        Page { items, .. } if items.is_empty() => None,
        Page { items, .. } => {
            Some(language.count(&language.counts.other_sessions, items.len() as u64))
        }
    }
}
