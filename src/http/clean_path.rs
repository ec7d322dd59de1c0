//! Paths with doubled slashes or dot segments (RFC 3986 §5.2.4): the client is redirected to the
//! clean path, as by Kratos.

use std::sync::Arc;

use axum::extract::State;
use axum::http::header::LOCATION;
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse as _, Response};

use crate::config::BaseUrl;
use crate::http::response::error::ApiError;

/// Handles requests that no route matches: a redirect to the clean path, or 404.
pub(in crate::http) async fn redirect(State(base_url): State<Arc<BaseUrl>>, uri: Uri) -> Response {
    let Some(path) = cleaned(uri.path()) else {
        return ApiError::not_found().into_response();
    };
    let query = uri.query().map_or_else(String::new, |query| format!("?{query}"));
    let location = format!("{}{path}{query}", base_url.path());
    (StatusCode::TEMPORARY_REDIRECT, [(LOCATION, location)]).into_response()
}

/// The clean path. `None` if the path is clean. The result begins with exactly one slash, so that
/// it never leads to another host.
fn cleaned(path: &str) -> Option<String> {
    let mut segments = Vec::new();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => drop(segments.pop()),
            segment => segments.push(segment),
        }
    }
    let mut clean = format!("/{}", segments.join("/"));
    let is_folder = path.ends_with('/') || path.ends_with("/.") || path.ends_with("/..");
    if is_folder && !segments.is_empty() {
        clean.push('/');
    }
    (clean != path).then_some(clean)
}

#[cfg(test)]
mod tests {
    use super::cleaned;

    #[test]
    fn doubled_slashes_and_dot_segments_are_removed() {
        for (path, clean) in [
            ("//sessions", "/sessions"),
            ("/sessions//whoami", "/sessions/whoami"),
            ("/sessions/./whoami", "/sessions/whoami"),
            ("/sessions/../sessions/whoami", "/sessions/whoami"),
            ("/../../sessions", "/sessions"),
            ("//evil.example/..", "/"),
            ("//evil.example/", "/evil.example/"),
            ("/a//", "/a/"),
            ("//", "/"),
        ] {
            assert_eq!(cleaned(path).as_deref(), Some(clean), "{path}");
        }
        for path in ["/", "/sessions", "/sessions/", "/a/.b/..c"] {
            assert_eq!(cleaned(path), None, "{path}");
        }
    }
}
