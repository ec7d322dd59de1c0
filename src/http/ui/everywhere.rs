//! Signing out everywhere else: a question, and what follows from the answer.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;

use crate::authentication::CookieCodec;
use crate::http::extract::credential::RequestCredential;
use crate::http::middleware::csrf::Csrf;
use crate::http::response::error::ApiError;
use crate::http::ui::notice::Notice;
use crate::http::ui::phrase::Phrase;
use crate::http::ui::shell::{Shell, Ui};
use crate::http::ui::view::SESSIONS_PER_PAGE;
use crate::http::ui::{form, html, listing};
use crate::pagination::{Cursor, PageRequest, PageSize};
use crate::service::SessionService;

#[derive(Template)]
#[template(path = "everywhere.html")]
struct Question<'a> {
    shell: Shell<'a>,
    account: Option<Phrase>,
    /// The number of other sessions. `None` if there is none.
    count: Option<String>,
}

/// Asks whether the person wants to sign out everywhere else.
pub(super) async fn ask(
    State(service): State<Arc<SessionService>>,
    State(ui): State<Arc<Ui>>,
    presented: RequestCredential,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let RequestCredential { credential, now, .. } = &presented;
    let page = PageRequest { size: PageSize::new(SESSIONS_PER_PAGE), start: Cursor::Beginning };
    let found = service.read_others(credential, page, *now).await;
    let found = found.map_err(|error| presented.explain(error))?;
    let shell = Shell::new(&ui, &headers);
    html::respond(&Question {
        account: ui.account(&found.caller.identity, shell.language),
        count: listing::count(&found.others, shell.language),
        shell,
    })
}

/// Signs out all other sessions, and redirects to the first page.
pub(super) async fn sign_out(
    State(service): State<Arc<SessionService>>,
    State(csrf): State<Arc<Csrf>>,
    State(codec): State<Arc<CookieCodec>>,
    State(ui): State<Arc<Ui>>,
    presented: RequestCredential,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    csrf.check_form(&headers)?;
    let RequestCredential { credential, address, now, .. } = &presented;
    let count = service.revoke_others(credential, *address, *now).await;
    let count = count.map_err(|error| presented.explain(error))?;
    let notice = Notice::SignedOutOthers(count);
    Ok(form::redirect(ui.sessions(""), notice.cookie(&codec, &credential.token, &ui.cookies)))
}
