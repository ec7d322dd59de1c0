//! The sessions page.

use std::borrow::Cow;
use std::sync::Arc;

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse as _, Response};
use time::OffsetDateTime;
use time::macros::format_description;

use crate::http::extract::credential::RequestCredential;
use crate::http::extract::page_query::PageQuery;
use crate::http::response::error::ApiError;
use crate::http::ui::shell::{Shell, Ui};
use crate::i18n::Language;
use crate::pagination::{Cursor, PageRequest, PageSize};
use crate::service::{Overview, SessionService};
use crate::session::Session;
use crate::user_agent;
use crate::user_agent::{Kind, UserAgent};

pub(super) const HTML: HeaderValue = HeaderValue::from_static("text/html; charset=utf-8");

/// The number of sessions on a page, which a person can survey at a glance.
const SESSIONS_PER_PAGE: u64 = 10;

#[derive(Template)]
#[template(path = "sessions.html")]
struct Sessions<'a> {
    shell: Shell<'a>,
    notice: Option<String>,
    /// The caller's own session, on the first page only.
    here: Option<Row<'a>>,
    /// False beside a Kratos, which has its own sign-out.
    signs_out_here: bool,
    others: Vec<Row<'a>>,
    /// The query of this page. `newer` and `older` are those of the adjacent pages.
    query: String,
    newer: Option<String>,
    older: Option<String>,
}

/// A session as the page shows it.
struct Row<'a> {
    id: String,
    device: Cow<'a, str>,
    kind: Kind,
    kind_name: &'a str,
    /// The location and the address.
    from: Vec<&'a str>,
    methods: String,
    signed_in: Moment,
    last_active: LastActive,
    /// The label of the button for screen readers.
    sign_out: String,
}

enum LastActive {
    /// The session of this request.
    Now,
    At(Moment),
    NotNoted,
}

struct Moment {
    /// For the script that converts it to the viewer's time zone.
    machine: String,
    shown: String,
}

impl Moment {
    fn new(at: OffsetDateTime) -> Self {
        let machine = format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]Z");
        let shown = format_description!("[year]-[month]-[day] [hour]:[minute] UTC");
        let at = at.to_offset(time::UtcOffset::UTC);
        let text = |format| at.format(format).unwrap_or_default();
        Self { machine: text(machine), shown: text(shown) }
    }
}

impl<'a> Row<'a> {
    fn new(session: &'a Session, language: &'a Language) -> Self {
        let device = session.devices.first();
        let user_agent = device.and_then(|device| device.user_agent.as_deref());
        let read = UserAgent::read(user_agent.unwrap_or_default());
        let name = language.device(&read).into_owned();
        let place = device.map(|device| [device.location.as_deref(), device.ip_address.as_deref()]);
        let place = place.into_iter().flatten().flatten().filter(|text| !text.is_empty());
        Self {
            id: session.id.to_string(),
            sign_out: language.page.sign_out_of.replace("{device}", &name),
            device: name.into(),
            kind: read.kind,
            kind_name: language.kind(read.kind),
            from: place.collect(),
            methods: language.methods(&session.authentication_methods).join(", "),
            signed_in: Moment::new(session.authenticated_at),
            last_active: session
                .last_active_at
                .map_or(LastActive::NotNoted, |at| LastActive::At(Moment::new(at))),
        }
    }

    fn here(session: &'a Session, language: &'a Language) -> Self {
        Self { last_active: LastActive::Now, ..Self::new(session, language) }
    }
}

/// Shows the caller's own session, followed by a page of the others.
pub(super) async fn show(
    State(service): State<Arc<SessionService>>,
    State(ui): State<Arc<Ui>>,
    presented: RequestCredential,
    PageQuery { page, .. }: PageQuery,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Response, ApiError> {
    let page = PageRequest { size: PageSize::new(SESSIONS_PER_PAGE), ..page };
    let overview = service.overview(&presented.credential, page, presented.now).await;
    let Overview { current, others, start } = overview.map_err(|error| presented.explain(error))?;

    user_agent::ready().await;
    let shell = Shell::new(&ui, &headers);
    let language = shell.language;
    let is_first = others.previous.is_none();
    let page = Sessions {
        notice: notice(query.as_deref().unwrap_or_default(), others.items.is_empty(), language),
        here: is_first.then(|| Row::here(&current.session, language)),
        signs_out_here: service.check_signs_out().is_ok(),
        others: others.items.iter().map(|session| Row::new(session, language)).collect(),
        query: at(start),
        newer: others.previous.map(at),
        older: others.next.map(at),
        shell,
    };
    let html = page.render().map_err(|error| ApiError::internal(error.to_string()))?;
    Ok(([(CONTENT_TYPE, HTML)], html).into_response())
}

/// The query of a page.
pub(super) fn at(start: Cursor) -> String {
    start.to_token().map_or_else(String::new, |token| format!("?page_token={token}"))
}

/// The notice about the action that led to this page, according to the query of the redirect.
/// Anyone can create a link with that query. Therefore the notice that all other sessions were
/// signed out is shown only if there is no other session.
fn notice(query: &str, is_nowhere_else: bool, language: &Language) -> Option<String> {
    let mut parameters = form_urlencoded::parse(query.as_bytes());
    parameters.find_map(|(name, value)| match (name.as_ref(), value.parse::<u64>()) {
        ("signed_out", _) if value == "one" => Some(language.page.done_one.clone()),
        ("signed_out", Ok(count)) if is_nowhere_else => {
            Some(language.page.done_others.replace("{count}", &count.to_string()))
        }
        _ => None,
    })
}
