//! The `Link` header (RFC 8288): where the other pages are.

use std::fmt::Write as _;

use axum::http::HeaderValue;

use crate::pagination::{Page, PageSize, Start};

/// `first` always, `prev` and `next` where there is such a page; as relative
/// references, so that they hold behind any proxy. The form is Kratos's: a
/// comma without a space.
/// `parameters` go along with each: `&name=value`, or nothing.
pub(super) fn header<T>(
    path: &str,
    parameters: &str,
    size: PageSize,
    page: &Page<T>,
) -> Option<HeaderValue> {
    let link = |start, relation| link(path, parameters, size, start, relation);
    let mut text = link(Start::Beginning, "first");
    for (start, relation) in [(page.previous, "prev"), (page.next, "next")] {
        if let Some(start) = start {
            text.push(',');
            text.push_str(&link(start, relation));
        }
    }
    HeaderValue::try_from(text).ok()
}

fn link(path: &str, parameters: &str, size: PageSize, start: Start, relation: &str) -> String {
    let mut text = format!("<{path}?page_size={}{parameters}", size.get());
    if let Some(token) = start.to_token() {
        // Writing to a String cannot fail; the token's alphabet needs no escaping.
        let _ = write!(text, "&page_token={token}");
    }
    let _ = write!(text, ">; rel=\"{relation}\"");
    text
}
