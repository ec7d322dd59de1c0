//! JSON bodies that consist of several pieces. A value that many rows share is in memory only
//! once, and no piece is much larger than one row.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::vec;

use axum::Error;
use axum::body::{Body, Bytes, HttpBody};
use axum::response::{IntoResponse, Response};
use bytes::BytesMut;
use http_body::{Frame, SizeHint};
use serde::Serialize;
use serde_json::value::RawValue;

use crate::config::Limits;
use crate::http::response::delivery::HeldBytes;

/// The maximum size of a piece, unless a single value is larger. Smaller pieces are sent together.
const PIECE_SIZE: usize = 16 * 1024;
/// The minimum size of a shared value. Smaller values are copied, because a piece of their own
/// would hardly save memory.
const MIN_SHARED_SIZE: usize = 1024;
/// The maximum number of bytes that are copied once more for sending: they wait in the buffer of
/// an HTTP/2 stream.
const MAX_SEND_COPY: usize = Limits::SEND_BUFFER + 2 * PIECE_SIZE;

/// A JSON value that many rows contain.
#[derive(Clone)]
pub(in crate::http) struct SharedJson(Arc<RawValue>);

impl SharedJson {
    pub(in crate::http) fn new(json: Box<RawValue>) -> Self {
        Self(json.into())
    }

    pub(in crate::http) fn get(&self) -> &RawValue {
        &self.0
    }
}

impl AsRef<[u8]> for SharedJson {
    fn as_ref(&self) -> &[u8] {
        self.0.get().as_bytes()
    }
}

/// A JSON writer. It recognises the shared value by its address, and does not copy it.
pub(in crate::http) struct Pieces {
    finished: Vec<Bytes>,
    current: BytesMut,
    shared: Option<Bytes>,
    /// The number of bytes in the pieces, without those of the shared value.
    copied: usize,
}

impl Pieces {
    /// Writes a JSON array.
    pub(in crate::http) fn array<T: Serialize>(
        shared: Option<SharedJson>,
        values: impl Iterator<Item = T>,
    ) -> Self {
        let shared = shared.map(Bytes::from_owner).filter(|shared| shared.len() >= MIN_SHARED_SIZE);
        let mut pieces = Self { finished: Vec::new(), current: BytesMut::new(), shared, copied: 0 };
        pieces.copy(b"[");
        for (nth, value) in values.enumerate() {
            if nth > 0 {
                pieces.copy(b",");
            }
            // The serialization of a wire type cannot fail.
            let _ = serde_json::to_writer(&mut pieces, &value);
        }
        pieces.copy(b"]");
        pieces
    }

    fn copy(&mut self, bytes: &[u8]) {
        if self.current.len() + bytes.len() > PIECE_SIZE {
            self.cut();
        }
        self.copied += bytes.len();
        if self.current.capacity() < bytes.len() {
            self.current.reserve(PIECE_SIZE.max(bytes.len()));
        }
        self.current.extend_from_slice(bytes);
    }

    fn cut(&mut self) {
        if !self.current.is_empty() {
            self.finished.push(self.current.split().freeze());
        }
    }
}

impl io::Write for Pieces {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &self.shared {
            Some(shared) if shared.as_ptr() == bytes.as_ptr() && shared.len() == bytes.len() => {
                let shared = shared.clone();
                self.cut();
                self.finished.push(shared);
            }
            _ => self.copy(bytes),
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl IntoResponse for Pieces {
    fn into_response(mut self) -> Response {
        self.cut();
        if self.finished.len() <= 1 {
            return Body::from(self.finished.pop().unwrap_or_default()).into_response();
        }
        let list = self.finished.capacity() * size_of::<Bytes>();
        let held = self.copied + PIECE_SIZE + self.shared.map_or(0, |shared| shared.len());
        let held = HeldBytes(u32::try_from(held + list + MAX_SEND_COPY).unwrap_or(u32::MAX));
        let left = self.finished.iter().map(|piece| piece.len() as u64).sum();
        let body = Body::new(PiecesBody { pieces: self.finished.into_iter(), left });
        let mut response = body.into_response();
        response.extensions_mut().insert(held);
        response
    }
}

struct PiecesBody {
    pieces: vec::IntoIter<Bytes>,
    /// The remaining bytes.
    left: u64,
}

impl PiecesBody {
    /// The next piece, or several small ones together.
    fn next(&mut self) -> Option<Bytes> {
        let first = self.pieces.next()?;
        let is_small = |next: Option<&Bytes>| next.is_some_and(|next| next.len() < PIECE_SIZE);
        if !is_small(Some(&first)) || !is_small(self.pieces.as_slice().first()) {
            return Some(first);
        }
        let mut together = BytesMut::with_capacity(2 * PIECE_SIZE);
        together.extend_from_slice(&first);
        while together.len() < PIECE_SIZE && is_small(self.pieces.as_slice().first()) {
            together.extend(self.pieces.next());
        }
        Some(together.freeze())
    }
}

impl HttpBody for PiecesBody {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        let this = self.get_mut();
        let piece = this.next();
        this.left -= piece.as_ref().map_or(0, |piece| piece.len() as u64);
        Poll::Ready(piece.map(|piece| Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}

#[cfg(test)]
mod tests {
    use axum::body::to_bytes;
    use axum::response::IntoResponse as _;
    use serde::Serialize;
    use serde_json::value::{RawValue, to_raw_value};

    use super::*;

    #[derive(Serialize)]
    struct Row<'a> {
        before: usize,
        identity: &'a RawValue,
        after: &'a str,
    }

    fn bytes_of(pieces: Pieces) -> (Option<u32>, Vec<u8>) {
        let response = pieces.into_response();
        let held = response.extensions().get::<HeldBytes>().map(|held| held.0);
        let length = response.body().size_hint().exact().unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let bytes = runtime.block_on(to_bytes(response.into_body(), usize::MAX)).unwrap();
        assert_eq!(length, bytes.len() as u64);
        (held, bytes.into())
    }

    #[test]
    fn the_same_json_as_in_one_piece_and_what_is_shared_is_held_once() {
        for (shared, rows) in [(0, 0), (10, 3), (1020, 500), (2000, 500), (60_000, 1000)] {
            let identity = SharedJson::new(to_raw_value(&"x".repeat(shared)).unwrap());
            let row = |nth| Row { before: nth, identity: identity.get(), after: "\"identity\"" };
            let expected = serde_json::to_vec(&(0..rows).map(row).collect::<Vec<_>>()).unwrap();
            let pieces = Pieces::array(Some(identity.clone()), (0..rows).map(row));
            let (held, bytes) = bytes_of(pieces);
            assert!(bytes == expected, "{shared} {rows}");
            assert_eq!(held.is_some(), rows > 3);
            assert!(held.is_none_or(|held| held < 1_000_000), "{held:?}");
        }
    }
}
