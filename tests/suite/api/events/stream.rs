//! Events as a stream: catches up, goes on, is resumed, and ends.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpStream};

use serde_json::Value;
use uuid::Uuid;

use crate::api::events::{all_events, start};
use crate::support::databases::{Database, Kind, on_every_database};
use crate::support::http_client::{connect, send};
use crate::support::sign_in::SignIn;

on_every_database! {
    a_stream_catches_up_and_goes_on,
    a_stream_is_resumed_after_its_last_event,
    a_stream_ends_at_the_shutdown,
}

struct Stream(BufReader<TcpStream>);

impl Stream {
    fn open(admin: SocketAddr, query: &str, headers: &str) -> Self {
        let mut stream = connect(admin);
        let request = format!(
            "GET /admin/events{query} HTTP/1.1\r\nHost: localhost\r\n\
             Accept: text/event-stream\r\n{headers}\r\n"
        );
        stream.write_all(request.as_bytes()).unwrap();
        let mut reader = Self(BufReader::new(stream));
        let head: Vec<_> = std::iter::from_fn(|| reader.line().filter(|l| !l.is_empty())).collect();
        assert!(head[0].starts_with("HTTP/1.1 200"), "{head:?}");
        assert!(head.iter().any(|line| line == "content-type: text/event-stream"), "{head:?}");
        reader
    }

    /// The next line. `None` at the end.
    fn line(&mut self) -> Option<String> {
        let mut line = String::new();
        let length = self.0.read_line(&mut line).unwrap();
        (length > 0).then(|| line.trim_end().to_owned())
    }

    /// The next event, whose fields agree with one another. `None` after the last chunk of the body.
    fn event(&mut self) -> Option<Value> {
        let mut field = |name: &str| loop {
            let line = self.line().filter(|line| line != "0")?;
            if let Some(value) = line.strip_prefix(&format!("{name}: ")) {
                return Some(value.to_owned());
            }
        };
        let (id, name, data) = (field("id")?, field("event")?, field("data")?);
        let event: Value = serde_json::from_str(&data).unwrap();
        assert_eq!((&event["id"], &event["type"]), (&id.into(), &name.into()));
        Some(event)
    }
}

fn a_stream_catches_up_and_goes_on(kind: Kind) {
    let database = Database::empty(kind);
    let [service, other] = [start(&database), start(&database)];
    SignIn::new(Uuid::new_v4()).at(service.admin);
    let mut stream = Stream::open(service.admin, "?type=session.issued", "");
    stream.event().unwrap();
    for replica in [&service, &other, &service] {
        let session = SignIn::new(Uuid::new_v4()).at(replica.admin).session;
        assert_eq!(stream.event().unwrap()["data"]["session_id"], session);
    }
}

fn a_stream_is_resumed_after_its_last_event(kind: Kind) {
    let database = Database::empty(kind);
    let service = start(&database);
    for _ in 0..3 {
        SignIn::new(Uuid::new_v4()).at(service.admin);
    }
    let all = all_events(service.admin, 6);
    let last = all[3]["id"].as_str().unwrap();
    // The header is newer than the parameter, which a client repeats.
    let first = all[0]["id"].as_str().unwrap();
    let header = format!("Last-Event-ID: {last}\r\n");
    let mut stream = Stream::open(service.admin, &format!("?after={first}"), &header);
    assert_eq!([stream.event().unwrap(), stream.event().unwrap()], all[4..]);
    for (header, status) in [("nothing", 400), ("0000000000000007", 400)] {
        let headers: [(&str, &[u8]); 2] =
            [("Accept", b"text/event-stream"), ("Last-Event-ID", header.as_bytes())];
        assert_eq!(send(service.admin, "GET", "/admin/events", &headers).status, status);
    }
}

fn a_stream_ends_at_the_shutdown(kind: Kind) {
    let database = Database::empty(kind);
    let service = start(&database);
    SignIn::new(Uuid::new_v4()).at(service.admin);
    let mut stream = Stream::open(service.admin, "", "");
    assert!(stream.event().is_some() && stream.event().is_some());
    service.state.shutdown().begin();
    assert_eq!(stream.event(), None);
}
