//! A server whose answers a test makes up, one request per connection.

use std::fmt;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};

/// The header by which the program recognises elsewhere.
pub const MARK: (&str, &str) = ("vary", "X-Session-Token");

/// Serves until the test process ends.
pub struct Stub(SocketAddr);

impl fmt::Display for Stub {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

impl Stub {
    /// Writes what `answer` returns for the head of a request.
    pub fn start(answer: impl Fn(&str) -> Vec<u8> + Send + 'static) -> Self {
        Self::serve(move |mut stream| {
            let head = read_head(&mut stream);
            // A client may have gone away.
            let _ = stream.write_all(&answer(&head));
        })
    }

    /// Leaves each connection to `serve`.
    pub fn serve(serve: impl Fn(TcpStream) + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        std::thread::spawn(move || listener.incoming().for_each(|stream| serve(stream.unwrap())));
        Self(address)
    }

    /// Answers every request with this JSON, in the name of elsewhere.
    pub fn json(body: impl Into<String>) -> Self {
        let body = body.into();
        let headers = [("content-type", "application/json"), MARK];
        Self::start(move |_| answer("200 OK", &headers, &body))
    }

    /// Answers every request with this status and this JSON, as no elsewhere.
    pub fn foreign(status: &'static str, body: &'static str) -> Self {
        Self::start(move |_| answer(status, &[("content-type", "application/json")], body))
    }
}

pub fn read_head(stream: &mut TcpStream) -> String {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).unwrap_or(0) == 1 {
        head.extend(byte);
    }
    String::from_utf8(head).unwrap()
}

pub fn answer(status: &str, headers: &[(&str, &str)], body: &str) -> Vec<u8> {
    let headers: Vec<_> =
        headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let (headers, length) = (headers.concat(), body.len());
    let answer = format!(
        "HTTP/1.1 {status}\r\nConnection: close\r\n{headers}Content-Length: {length}\r\n\r\n{body}"
    );
    answer.into_bytes()
}
