//! Responses that contain a page, with a `Link` header (RFC 8288) to the adjacent pages.

use std::fmt::Write as _;

use axum::http::header::LINK;
use axum::http::{HeaderName, HeaderValue};
use axum::response::{IntoResponse, Response};

use crate::http::response::json::JSON;
use crate::pagination::{Cursor, Page, PageSize};

const TOTAL: HeaderName = HeaderName::from_static("x-total-count");

/// Builds the response for a page: its rows as JSON, links to the adjacent pages, and the total
/// number of rows if the page has it.
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

/// Builds the `Link` header. `first` is always present, `prev` and `next` are present if there is
/// such a page. The targets are relative references, so that they are valid behind any proxy. The
/// format is Kratos's: a comma without a space. `parameters` is added to each target: it is empty
/// or consists of `&name=value` pairs.
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
        // Writing to a `String` cannot fail. The alphabet of tokens needs no escaping.
        let _ = write!(text, "&page_token={token}");
    }
    let _ = write!(text, ">; rel=\"{relation}\"");
    text
}
