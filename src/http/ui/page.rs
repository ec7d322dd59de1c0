//! The sessions page.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::SET_COOKIE;
use axum::response::{AppendHeaders, IntoResponse as _, Response};

use crate::authentication::{Bound, CookieCodec};
use crate::http::binding_protocol::SECURE_SESSION_REGISTRATION;
use crate::http::extract::credential::RequestCredential;
use crate::http::response::error::ApiError;
use crate::http::ui::card::Card;
use crate::http::ui::last_visit::Visit;
use crate::http::ui::listing;
use crate::http::ui::listing::Listing;
use crate::http::ui::notice;
use crate::http::ui::notice::{Brought, Notice};
use crate::http::ui::phrase::Phrase;
use crate::http::ui::row::{LastActive, Row, Viewing};
use crate::http::ui::search::Search;
use crate::http::ui::shell::{Shell, Ui};
use crate::http::ui::view::View;
use crate::http::ui::{html, view};
use crate::service::SessionService;
use crate::user_agent::Kind;

#[derive(Template)]
#[template(path = "sessions.html")]
struct Sessions<'a> {
    shell: Shell<'a>,
    account: Option<Phrase>,
    notice: Option<Phrase>,
    /// The caller's own session, on the first page only.
    here: Option<Row<'a>>,
    /// False beside a Kratos, which has its own sign-out.
    signs_out_here: bool,
    /// The number of other sessions, on the first page only.
    count: Option<String>,
    cards: Vec<Card<'a>>,
    /// `None` if all sessions are on this page.
    search: Option<Search>,
    /// The query of this page. `newer` and `older` are those of the adjacent pages.
    query: String,
    newer: Option<String>,
    older: Option<String>,
}

impl Sessions<'_> {
    fn is_search(&self) -> bool {
        self.search.as_ref().is_some_and(|search| search.result.is_some())
    }

    fn is_nowhere_else(&self) -> bool {
        let has_pages = self.newer.is_some() || self.older.is_some();
        self.cards.is_empty() && !has_pages && !self.is_search()
    }
}

/// Shows the caller's own session, followed by a page of the others, or by those that a search
/// finds.
pub(super) async fn show(
    State(service): State<Arc<SessionService>>,
    State(ui): State<Arc<Ui>>,
    State(codec): State<Arc<CookieCodec>>,
    presented: RequestCredential,
    view: View,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let RequestCredential { credential, now, .. } = &presented;
    let shell = Shell::new(&ui, &headers);
    let language = shell.language;
    let found = listing::find(&service, credential, view, language, *now).await;
    let Listing { view, caller, others, newer, older, count, search } =
        found.map_err(|error| presented.explain(error))?;

    let Brought { notice, removal } =
        notice::take(&headers, &codec, &credential.token, &ui.cookies);
    let visit = Visit::of(&headers, &codec, caller.identity.id, *now);
    let is_own = service.check_signs_out().is_ok();
    let viewing = Viewing {
        language,
        now: *now,
        last_visit: visit.last,
        has_names: is_own,
        refused_name: match &notice {
            Some(Notice::NameRefused(session, name)) => Some((*session, name)),
            _ => None,
        },
    };
    let is_first = newer.is_none() && view.search.is_none();
    let page = Sessions {
        account: ui.account(&caller.identity, language),
        notice: notice.as_ref().and_then(|notice| notice.in_words(&language.page)),
        here: is_first.then(|| Row::here(&caller.session, &viewing)),
        signs_out_here: is_own,
        count,
        cards: Card::group(others.iter().map(|session| Row::new(session, &viewing))),
        search,
        query: view.query(),
        newer: newer.map(view::at),
        older: older.map(view::at),
        shell,
    };
    let offer = presented.offer(Bound::of(&caller));
    let offer = offer.map(|offer| [(SECURE_SESSION_REGISTRATION, offer)]);
    let cookies = [visit.cookie(&codec, &ui.cookies), removal].into_iter().flatten();
    let cookies = AppendHeaders(cookies.map(|cookie| (SET_COOKIE, cookie)));
    Ok((cookies, offer, html::respond(&page)?).into_response())
}
