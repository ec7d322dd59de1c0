//! The part of the list that a page shows: some sessions after another, or those that a search
//! finds. Its forms lead back to it.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use crate::http::extract::page_query::PageQuery;
use crate::http::response::error::ApiError;
use crate::pagination::{Cursor, PageRequest, PageSize};

/// The number of sessions on a page, which a person can survey at a glance.
pub(super) const SESSIONS_PER_PAGE: u64 = 10;
const MAX_CHARACTERS: usize = 100;

/// The query of a page.
pub(super) struct View {
    pub page: PageRequest,
    /// The text to search for, without spaces around it. `None` if there is none.
    pub search: Option<String>,
}

impl<S: Send + Sync> FromRequestParts<S> for View {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let PageQuery { page, .. } = PageQuery::from_request_parts(parts, state).await?;
        let query = parts.uri.query().unwrap_or_default();
        let search = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "q");
        let text: String = search
            .map_or_else(String::new, |(_, text)| text.chars().take(MAX_CHARACTERS).collect());
        let text = text.trim();
        Ok(Self {
            page: PageRequest { size: PageSize::new(SESSIONS_PER_PAGE), ..page },
            search: (!text.is_empty()).then(|| text.to_owned()),
        })
    }
}

impl View {
    /// The query that leads back to this page.
    pub(super) fn query(&self) -> String {
        match &self.search {
            Some(text) => {
                let mut query = form_urlencoded::Serializer::new(String::new());
                format!("?{}", query.append_pair("q", text).finish())
            }
            None => at(self.page.start),
        }
    }
}

/// The query of a page of the list.
pub(super) fn at(start: Cursor) -> String {
    start.to_token().map_or_else(String::new, |token| format!("?page_token={token}"))
}
