//! An HTTP server that answers every request with its name and the head of the request.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc;

use crate::support::wait::LIMIT;

/// The head of a request in lower case: the request line and the headers.
pub type Head = Vec<String>;

/// Starts the server. It also sends each head to the receiver.
pub fn start(name: &'static str) -> (SocketAddr, mpsc::Receiver<Head>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (heads, received) = mpsc::channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let Some(head) = read_request(&stream) else { continue };
            if heads.send(head).is_err() {
                break;
            }
            let answer = format!(
                "HTTP/1.1 200 OK\r\nX-Answered-By: {name}\r\nContent-Length: 5\r\n\
                 Connection: close\r\n\r\nhello"
            );
            stream.write_all(answer.as_bytes()).unwrap();
        }
    });
    (address, received)
}

/// The head of the next request.
#[track_caller]
pub fn next(heads: &mpsc::Receiver<Head>) -> Head {
    heads.recv_timeout(LIMIT).unwrap_or_else(|_| panic!("not within {LIMIT:?}: a request"))
}

/// Reads a whole request, because a connection that is closed before is reset. A gateway may close
/// a connection that it opened and did not need: `None`.
fn read_request(stream: &TcpStream) -> Option<Head> {
    let mut reader = BufReader::new(stream);
    let lines = reader.by_ref().lines().map_while(Result::ok);
    let head = lines.take_while(|line| !line.is_empty()).map(|line| line.to_lowercase());
    let head: Head = head.collect();
    if head.is_empty() {
        return None;
    }
    let length = head.iter().find_map(|line| line.strip_prefix("content-length: "));
    let mut body = vec![0; length.map_or(0, |length| length.parse().unwrap())];
    reader.read_exact(&mut body).unwrap();
    Some(head)
}
