//! Signing out everywhere else: a question, and what follows from the answer.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;

use crate::http::extract::credential::RequestCredential;
use crate::http::response::error::ApiError;
use crate::http::ui::form::Form;
use crate::http::ui::notice::Notice;
use crate::http::ui::phrase::Phrase;
use crate::http::ui::shell::{Shell, Ui};
use crate::http::ui::view::SESSIONS_PER_PAGE;
use crate::http::ui::{html, listing};
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
    form: Form,
) -> Result<Response, ApiError> {
    let RequestCredential { credential, address, now, .. } = &form.presented;
    let count = service.revoke_others(credential, *address, *now).await;
    let count = count.map_err(|error| form.presented.explain(error))?;
    Ok(form.redirect("", Some(Notice::SignedOutOthers(count))))
}
