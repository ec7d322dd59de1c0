//! The way of a response's body to its client.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use axum::Error;
use axum::body::{Body, Bytes, HttpBody};
use axum::response::Response;
use http_body::{Frame, SizeHint};

use crate::http::middleware::concurrency_limit::Permit;

/// As a response's extension: what its body holds in memory, where that is not its length.
#[derive(Debug, Clone, Copy)]
pub(in crate::http) struct HeldBytes(pub u32);

pub(in crate::http) fn held_bytes(response: &mut Response) -> u32 {
    let held = response.extensions_mut().remove::<HeldBytes>();
    held.map_or_else(
        || u32::try_from(response.body().size_hint().lower()).unwrap_or(u32::MAX),
        |HeldBytes(held)| held,
    )
}

/// Gives the permit back once the body is delivered or given up.
pub(in crate::http) fn with_permit(response: Response, permit: Permit) -> Response {
    if response.body().is_end_stream() {
        return response;
    }
    response.map(|body| Body::new(Kept { body, kept: Some(permit) }))
}

/// Another body in the place of a response's own, with the same permit.
pub(in crate::http) fn replace_body(response: &mut Response, body: impl Into<Body>) {
    let kept = std::mem::take(response.body_mut());
    *response.body_mut() = Body::new(Kept { body: body.into(), kept: Some(kept) });
}

/// A body that keeps something until its last byte is written. hyper drops a body as soon
/// as it has its last frame, which may then wait for the client: so the frame keeps it.
struct Kept<T> {
    body: Body,
    kept: Option<T>,
}

impl<T: Send + Unpin + 'static> HttpBody for Kept<T> {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        let this = self.get_mut();
        let frame = ready!(Pin::new(&mut this.body).poll_frame(cx));
        let frame = frame.map(|frame| {
            frame.map(|frame| {
                if !this.body.is_end_stream() {
                    return frame;
                }
                let kept = this.kept.take();
                frame.map_data(|bytes| Bytes::from_owner(Last { bytes, _kept: kept }))
            })
        });
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// The last frame of a body.
struct Last<T> {
    bytes: Bytes,
    _kept: Option<T>,
}

impl<T> AsRef<[u8]> for Last<T> {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}
