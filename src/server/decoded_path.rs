//! Paths with percent-encoded letters: they are the same as with the letters themselves (RFC 3986
//! §6.2.2.2), so they are decoded before routing.

use std::task::{Context, Poll};

use axum::http::uri::PathAndQuery;
use axum::http::{Request, Uri};
use tower_service::Service;

/// A service that decodes the unreserved characters of the path (RFC 3986 §2.3) before the inner
/// one. All others have a meaning, which their encoding takes away.
#[derive(Debug, Clone)]
pub(super) struct DecodedPath<S>(pub S);

impl<S: Service<Request<B>>, B> Service<Request<B>> for DecodedPath<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.0.poll_ready(context)
    }

    fn call(&mut self, mut request: Request<B>) -> S::Future {
        if request.uri().path().contains('%')
            && let Some(uri) = decoded(request.uri())
        {
            *request.uri_mut() = uri;
        }
        self.0.call(request)
    }
}

fn decoded(uri: &Uri) -> Option<Uri> {
    let mut path = unreserved_decoded(uri.path());
    if let Some(query) = uri.query() {
        path.push('?');
        path.push_str(query);
    }
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(PathAndQuery::try_from(path).ok()?);
    Uri::from_parts(parts).ok()
}

fn unreserved_decoded(path: &str) -> String {
    let mut pieces = path.split('%');
    let mut decoded = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let byte = piece.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match byte.map(char::from) {
            Some(letter) if letter.is_ascii_alphanumeric() || "-._~".contains(letter) => {
                decoded.push(letter);
                decoded.push_str(&piece[2..]);
            }
            _ => {
                decoded.push('%');
                decoded.push_str(piece);
            }
        }
    }
    decoded
}

#[cfg(test)]
mod tests {
    use super::unreserved_decoded;

    #[test]
    fn only_unreserved_characters_are_decoded() {
        for (path, decoded) in [
            ("/sessions/%77hoami", "/sessions/whoami"),
            ("/%73%65ssions", "/sessions"),
            ("/sessions/%2e%2E/x", "/sessions/../x"),
            ("/sessions%2Fwhoami", "/sessions%2Fwhoami"),
            ("/a%3Fb%23c%25d%20e", "/a%3Fb%23c%25d%20e"),
            ("/%2577hoami", "/%2577hoami"),
            ("/%", "/%"),
            ("/%7", "/%7"),
            ("/%+7", "/%+7"),
            ("/%zz%41", "/%zzA"),
        ] {
            assert_eq!(unreserved_decoded(path), decoded, "{path}");
        }
    }
}
