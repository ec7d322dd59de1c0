//! Answers that are pages, with the `Link` header (RFC 8288): where the others are.

use std::fmt::Write as _;

use axum::http::header::LINK;
use axum::http::{HeaderName, HeaderValue};
use axum::response::{IntoResponse, Response};

use crate::http::extract::json::JSON;
use crate::pagination::{Cursor, Page, PageSize};

const TOTAL: HeaderName = HeaderName::from_static("x-total-count");

/// The answer that is a page: its rows as JSON, the links to the pages around it,
/// and the number of all rows where the page tells it.
pub(in crate::http) fn answer<T>(
    path: &str,
    parameters: &str,
    size: PageSize,
    page: &Page<T>,
    rows: impl IntoResponse,
) -> Response {
    let mut response = ([JSON], rows).into_response();
    let headers = response.headers_mut();
    if let Some(link) = header(path, parameters, size, page) {
        headers.insert(LINK, link);
    }
    if let Some(total) = page.total {
        headers.insert(TOTAL, total.into());
    }
    response
}

/// `first` always, `prev` and `next` where there is such a page; as relative
/// references, so that they hold behind any proxy. The form is Kratos's: a
/// comma without a space.
/// `parameters` go along with each: `&name=value`, or nothing.
fn header<T>(path: &str, parameters: &str, size: PageSize, page: &Page<T>) -> Option<HeaderValue> {
    let link = |start, relation| link(path, parameters, size, start, relation);
    let mut text = link(Cursor::Beginning, "first");
    for (start, relation) in [(page.previous, "prev"), (page.next, "next")] {
        if let Some(start) = start {
            text.push(',');
            text.push_str(&link(start, relation));
        }
    }
    HeaderValue::try_from(text).ok()
}

fn link(path: &str, parameters: &str, size: PageSize, start: Cursor, relation: &str) -> String {
    let mut text = format!("<{path}?page_size={}{parameters}", size.get());
    if let Some(token) = start.to_token() {
        // Writing to a String cannot fail; the token's alphabet needs no escaping.
        let _ = write!(text, "&page_token={token}");
    }
    let _ = write!(text, ">; rel=\"{relation}\"");
    text
}
