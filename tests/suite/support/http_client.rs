//! An HTTP client that sends exactly the given bytes, one request per connection.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::Path;

use serde_json::Value;

use crate::support::wait::{LIMIT, wait_for};

/// A response as received.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Answer {
    /// The values of a header, joined as RFC 9110 §5.3 allows; empty if the header is absent.
    pub fn header(&self, name: &str) -> String {
        let values = self.headers.iter().filter(|(key, _)| key == name);
        values.map(|(_, value)| value.as_str()).collect::<Vec<_>>().join(", ")
    }

    pub fn has(&self, name: &str) -> bool {
        self.headers.iter().any(|(key, _)| key == name)
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| Value::String(self.body.clone()))
    }

    /// The IDs of a list, in order.
    pub fn ids(&self) -> Vec<String> {
        let rows = self.json();
        let rows = rows.as_array().unwrap_or_else(|| panic!("no list: {self:?}"));
        rows.iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect()
    }

    /// The target of the link with this relation.
    pub fn link(&self, relation: &str) -> Option<String> {
        let links = self.header("link");
        links.split(',').find_map(|link| {
            let (target, parameter) = link.split_once(">; ")?;
            (parameter == format!("rel=\"{relation}\""))
                .then(|| target.trim_start_matches('<').to_owned())
        })
    }

    /// The reason of an error envelope.
    pub fn reason(&self) -> String {
        self.json()["error"]["reason"].as_str().unwrap_or_default().to_owned()
    }
}

/// Sends a request with these headers and only the headers that HTTP requires.
pub fn send(to: SocketAddr, method: &str, path: &str, headers: &[(&str, &[u8])]) -> Answer {
    send_bytes(to, &request(method, path, headers))
}

/// The bytes of a request without a body.
pub fn request(method: &str, path: &str, headers: &[(&str, &[u8])]) -> Vec<u8> {
    let mut request = format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\n").into_bytes();
    for (name, value) in headers {
        request.extend(name.as_bytes());
        request.extend(b": ");
        request.extend(*value);
        request.extend(b"\r\n");
    }
    request.extend(b"Connection: close\r\n\r\n");
    request
}

/// Sends a request with a JSON body.
pub fn send_json(
    to: SocketAddr,
    method: &str,
    path: &str,
    headers: &[(&str, &[u8])],
    body: &str,
) -> Answer {
    send_bytes(to, &json_request(method, path, headers, body))
}

/// The bytes of a request with a JSON body.
pub fn json_request(method: &str, path: &str, headers: &[(&str, &[u8])], body: &str) -> Vec<u8> {
    let mut request = format!(
        "{method} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\n",
        body.len()
    )
    .into_bytes();
    for (name, value) in headers {
        request.extend([name.as_bytes(), b": ", value, b"\r\n"].concat());
    }
    request.extend(b"Connection: close\r\n\r\n");
    request.extend(body.as_bytes());
    request
}

/// Sends a form as a browser does.
pub fn send_form(to: SocketAddr, path: &str, headers: &[(&str, &[u8])], body: &str) -> Answer {
    let length = body.len().to_string();
    let form = b"application/x-www-form-urlencoded";
    let own: [(&str, &[u8]); 2] = [("Content-Type", form), ("Content-Length", length.as_bytes())];
    let head = request("POST", path, &[&own, headers].concat());
    send_bytes(to, &[&head, body.as_bytes()].concat())
}

pub fn get(to: SocketAddr, path: &str, token: &str) -> Answer {
    send(to, "GET", path, &[("X-Session-Token", token.as_bytes())])
}

/// Connects, with a time limit of each read and each write.
pub fn connect(to: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect_timeout(&to, LIMIT).unwrap();
    stream.set_read_timeout(Some(LIMIT)).unwrap();
    stream.set_write_timeout(Some(LIMIT)).unwrap();
    stream
}

/// The same for a Unix socket, once the service listens.
pub fn connect_unix(path: &Path) -> UnixStream {
    let stream = wait_for("a listener on the socket", || UnixStream::connect(path));
    stream.set_read_timeout(Some(LIMIT)).unwrap();
    stream.set_write_timeout(Some(LIMIT)).unwrap();
    stream
}

/// Sends bytes and reads until the service closes the connection.
pub fn send_bytes(to: SocketAddr, request: &[u8]) -> Answer {
    let mut stream = connect(to);
    stream.write_all(request).unwrap();
    let mut bytes = Vec::new();
    // A service that refuses early may close before it has read the whole request. The read may
    // then fail although a response has arrived.
    let _ = stream.read_to_end(&mut bytes);
    parse(&bytes)
}

/// Sends bytes to a service that may be killed at any moment: then there is no answer.
pub fn try_send_bytes(to: SocketAddr, request: &[u8]) -> Option<Answer> {
    let mut stream = TcpStream::connect_timeout(&to, LIMIT).ok()?;
    stream.set_read_timeout(Some(LIMIT)).ok()?;
    stream.write_all(request).ok()?;
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).ok()?;
    (!bytes.is_empty()).then(|| parse(&bytes))
}

fn parse(bytes: &[u8]) -> Answer {
    let text = String::from_utf8(bytes.to_vec()).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer: {text:?}"));
    let mut lines = head.lines();
    let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
    let headers = lines
        .map(|line| line.split_once(": ").unwrap_or((line.trim_end_matches(':'), "")))
        .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
        .collect();
    Answer { status, headers, body: body.to_owned() }
}
