//! A receiver of webhooks, on a real socket.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;

use crate::support::wait::{LIMIT, wait_for};

/// A request that has arrived.
#[derive(Debug, Clone)]
pub struct Received {
    pub path: String,
    pub headers: BTreeMap<String, String>,
    pub body: String,
}

impl Received {
    pub fn id(&self) -> &str {
        &self.headers["webhook-id"]
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    /// The session of the event.
    pub fn session(&self) -> String {
        self.json()["data"]["session_id"].as_str().unwrap_or_default().to_owned()
    }
}

/// The receiver's reaction to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reply {
    Status(u16),
    /// A status with a body.
    Json(u16, &'static str),
    /// Closes the connection without an answer.
    Close,
    /// Answers something that is not HTTP.
    Garbage,
    /// Answers after that time, or as soon as the receiver is dropped.
    Late(Duration),
}

type Behaviour = dyn Fn(&Received, usize) -> Reply + Send + Sync;

/// Answers requests until it is dropped.
pub struct Receiver {
    pub address: SocketAddr,
    received: Arc<Mutex<Vec<Received>>>,
    is_stopped: Arc<AtomicBool>,
}

impl Receiver {
    /// Accepts everything.
    pub fn start() -> Self {
        Self::with(|_, _| Reply::Status(204))
    }

    /// The behaviour gets a request, and the number of those that came before.
    pub fn with(behaviour: impl Fn(&Received, usize) -> Reply + Send + Sync + 'static) -> Self {
        Self::on(TcpListener::bind("127.0.0.1:0").unwrap(), behaviour)
    }

    pub fn on(
        listener: TcpListener,
        behaviour: impl Fn(&Received, usize) -> Reply + Send + Sync + 'static,
    ) -> Self {
        let address = listener.local_addr().unwrap();
        let received = Arc::new(Mutex::new(Vec::new()));
        let is_stopped = Arc::new(AtomicBool::new(false));
        let behaviour: Arc<Behaviour> = Arc::new(behaviour);
        let (kept, stopped) = (Arc::clone(&received), Arc::clone(&is_stopped));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                if stopped.load(Ordering::Relaxed) {
                    return;
                }
                let (kept, stopped) = (Arc::clone(&kept), Arc::clone(&stopped));
                let behaviour = Arc::clone(&behaviour);
                std::thread::spawn(move || {
                    let stream = stream.unwrap();
                    stream.set_read_timeout(Some(LIMIT)).unwrap();
                    serve(&stream, &kept, &stopped, &*behaviour);
                });
            }
        });
        Self { address, received, is_stopped }
    }

    pub fn url(&self) -> String {
        format!("http://{}/hook", self.address)
    }

    /// All requests, including those that arrive after the receiver was dropped.
    pub fn log(&self) -> Arc<Mutex<Vec<Received>>> {
        Arc::clone(&self.received)
    }

    pub fn received(&self) -> Vec<Received> {
        self.received.lock().unwrap().clone()
    }

    /// Waits until this many requests have arrived, and returns all.
    #[track_caller]
    pub fn wait_for(&self, count: usize) -> Vec<Received> {
        wait_for(&format!("{count} requests"), || {
            let received = self.received();
            if received.len() >= count { Ok(received) } else { Err(received) }
        })
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.is_stopped.store(true, Ordering::Relaxed);
        // Wakes the listener, which then closes.
        let _ = TcpStream::connect_timeout(&self.address, Duration::from_secs(1));
    }
}

fn serve(
    stream: &TcpStream,
    received: &Mutex<Vec<Received>>,
    is_stopped: &AtomicBool,
    behaviour: &Behaviour,
) {
    let (mut reader, mut writer) = (BufReader::new(stream), stream);
    while let Some(request) = read(&mut reader) {
        if is_stopped.load(Ordering::Relaxed) {
            return;
        }
        let before = {
            let mut received = received.lock().unwrap();
            received.push(request.clone());
            received.len() - 1
        };
        let answer = |status: u16| {
            format!(
                "HTTP/1.1 {status} X\r\nContent-Length: 2\r\nLocation: http://{}/other\r\n\r\nok",
                request.headers["host"]
            )
        };
        let text = match behaviour(&request, before) {
            Reply::Status(204) => "HTTP/1.1 204 No Content\r\n\r\n".to_owned(),
            Reply::Status(status) => answer(status),
            Reply::Json(status, body) => {
                format!("HTTP/1.1 {status} X\r\nContent-Length: {}\r\n\r\n{body}", body.len())
            }
            Reply::Close => return,
            Reply::Garbage => "\u{1}\u{2}garbage\r\n\r\n".to_owned(),
            Reply::Late(time) => {
                let began = std::time::Instant::now();
                while began.elapsed() < time && !is_stopped.load(Ordering::Relaxed) {
                    std::thread::sleep(Duration::from_millis(20));
                }
                answer(200)
            }
        };
        if writer.write_all(text.as_bytes()).is_err() {
            return;
        }
    }
}

/// Reads a request. `None` at the end of the connection.
fn read(reader: &mut BufReader<&TcpStream>) -> Option<Received> {
    let mut line = || {
        let mut line = String::new();
        let length = reader.read_line(&mut line).ok()?;
        (length > 0).then(|| line.trim_end().to_owned())
    };
    let path = line()?.split(' ').nth(1)?.to_owned();
    let mut headers = BTreeMap::new();
    while let Some((name, value)) = line()?.split_once(": ") {
        headers.insert(name.to_lowercase(), value.to_owned());
    }
    let length = headers.get("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(Received { path, headers, body: String::from_utf8(body).unwrap() })
}
