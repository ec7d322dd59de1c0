//! A TCP proxy between the service and a database server that simulates network failures.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio::sync::watch;

use crate::support::wait::{BlockOnInTime as _, wait_until};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    Open,
    /// Accepts connections and bytes, and sends nothing back.
    Silent,
    /// Closes every connection.
    Cut,
}

pub struct Proxy {
    state: watch::Sender<State>,
    faults: Arc<Faults>,
    _runtime: Runtime,
}

struct State {
    mode: Mode,
    /// Each connection that forwards holds the value of its time. A change replaces it.
    current: Arc<()>,
}

impl State {
    fn new(mode: Mode) -> Self {
        Self { mode, current: Arc::default() }
    }
}

#[derive(Default)]
struct Faults {
    delay: AtomicU64,
    /// A text in the next matching message, and the number of the response to lose after it.
    loss: Mutex<Option<(&'static str, u64)>>,
    /// A text, and its replacement on the way to the server.
    replacement: Mutex<Option<(&'static str, &'static str)>>,
    /// A text: the next message that contains it is held, with everything after it.
    holding: Mutex<Option<String>>,
    holds: watch::Sender<bool>,
    bytes_to_server: AtomicU64,
}

impl Proxy {
    /// Starts a proxy, and returns it with the URL of the same database through the proxy.
    pub fn start(url: &str) -> (Self, String) {
        let mut url = url::Url::parse(url).unwrap();
        let server = SocketAddr::from(([127, 0, 0, 1], url.port().unwrap()));
        let runtime = Runtime::new().unwrap();
        let listener = runtime.block_on_in_time(TcpListener::bind("127.0.0.1:0")).unwrap();
        url.set_port(Some(listener.local_addr().unwrap().port())).unwrap();
        let (state, watched) = watch::channel(State::new(Mode::Open));
        let faults = Arc::new(Faults::default());
        let passing = Arc::clone(&faults);
        runtime.spawn(async move {
            loop {
                let (client, _) = listener.accept().await.unwrap();
                tokio::spawn(pass(client, server, watched.clone(), Arc::clone(&passing)));
            }
        });
        (Self { state, faults, _runtime: runtime }, url.into())
    }

    /// Returns when no earlier connection forwards any more. Without this wait, a request that is
    /// sent after the change could still be answered.
    pub fn set_mode(&self, mode: Mode) {
        let before = self.state.send_replace(State::new(mode)).current;
        wait_until("no connection forwards", || Arc::strong_count(&before) == 1);
    }

    /// Closes all connections once.
    pub fn cut(&self) {
        self.set_mode(Mode::Open);
    }

    /// Delays every piece of data in both directions.
    pub fn delay(&self, delay: Duration) {
        self.faults.delay.store(delay.as_millis().try_into().unwrap(), Ordering::Relaxed);
    }

    /// Loses a response. The server receives the next message that contains this text; the `nth`
    /// response from there on is lost, together with the connection.
    pub fn lose_response_to(&self, text: &'static str, nth: u64) {
        *self.faults.loss.lock().unwrap() = Some((text, nth));
    }

    /// Replaces each occurrence of a text on its way to the server by another of the same length.
    pub fn replace(&self, text: &'static str, with: &'static str) {
        assert_eq!(text.len(), with.len());
        *self.faults.replacement.lock().unwrap() = Some((text, with));
    }

    /// Holds the next message that contains this text, until [`Self::release`].
    pub fn hold(&self, text: &str) {
        *self.faults.holding.lock().unwrap() = Some(text.to_owned());
    }

    /// Releases the held message.
    pub fn release(&self) {
        self.faults.holds.send_replace(false);
    }

    /// True if the message to hold was sent.
    pub fn has_held(&self) -> bool {
        self.faults.holding.lock().unwrap().is_none()
    }

    /// True if the response was lost.
    pub fn has_lost_response(&self) -> bool {
        self.faults.loss.lock().unwrap().is_none()
    }

    /// Waits until a message is held.
    pub fn wait_until_held(&self) {
        wait_until("the message is sent", || *self.faults.holds.borrow());
    }

    pub fn bytes_to_server(&self) -> u64 {
        self.faults.bytes_to_server.load(Ordering::Relaxed)
    }
}

/// Forwards bytes in the mode `Open`, and keeps the connection open in the mode `Silent`.
async fn pass(
    mut client: TcpStream,
    server: SocketAddr,
    mut state: watch::Receiver<State>,
    faults: Arc<Faults>,
) {
    let (mode, current) = {
        let state = state.borrow();
        (state.mode, Arc::clone(&state.current))
    };
    if mode == Mode::Open {
        // If the server is unreachable, the client's connection is closed, too.
        let Ok(mut server) = TcpStream::connect(server).await else { return };
        let (from_client, to_client) = client.split();
        let (from_server, to_server) = server.split();
        // The number of responses that still pass.
        let left = AtomicU64::new(u64::MAX);
        let there = |piece: &[u8]| {
            faults.bytes_to_server.fetch_add(piece.len() as u64, Ordering::Relaxed);
            if let Some(nth) = faults.loses(piece) {
                left.store(nth - 1, Ordering::Relaxed);
            }
            true
        };
        let back = |_: &[u8]| left.fetch_sub(1, Ordering::Relaxed) != 0;
        tokio::select! {
            () = pump(from_client, to_server, &faults, there) => return,
            () = pump(from_server, to_client, &faults, back) => return,
            _ = state.wait_for(|state| !Arc::ptr_eq(&state.current, &current)) => {}
        }
    }
    drop(current);
    let _ = state.wait_for(|state| state.mode != Mode::Silent).await;
}

/// Forwards each piece that `passes` allows, after the delay.
async fn pump(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    faults: &Faults,
    passes: impl Fn(&[u8]) -> bool,
) {
    let mut buffer = vec![0; 65536];
    while let Ok(read @ 1..) = from.read(&mut buffer).await {
        faults.replace(&mut buffer[..read]);
        let piece = &buffer[..read];
        let passes = passes(piece);
        wait(faults).await;
        if faults.is_held(piece) {
            let _ = faults.holds.subscribe().wait_for(|holds| !holds).await;
        }
        if !passes || to.write_all(piece).await.is_err() {
            return;
        }
    }
}

async fn wait(faults: &Faults) {
    let delay = faults.delay.load(Ordering::Relaxed);
    if delay > 0 {
        tokio::time::sleep(Duration::from_millis(delay)).await;
    }
}

impl Faults {
    fn replace(&self, bytes: &mut [u8]) {
        let Some((text, with)) = *self.replacement.lock().unwrap() else { return };
        let text = text.as_bytes();
        while let Some(at) = bytes.windows(text.len()).position(|window| window == text) {
            bytes[at..at + text.len()].copy_from_slice(with.as_bytes());
        }
    }

    fn is_held(&self, bytes: &[u8]) -> bool {
        let mut holding = self.holding.lock().unwrap();
        let contains =
            |text: &str| bytes.windows(text.len()).any(|window| window == text.as_bytes());
        let is_held = holding.take_if(|text| contains(text)).is_some();
        if is_held {
            self.holds.send_replace(true);
        }
        is_held
    }

    fn loses(&self, bytes: &[u8]) -> Option<u64> {
        let mut loss = self.loss.lock().unwrap();
        let contains =
            |text: &str| bytes.windows(text.len()).any(|window| window == text.as_bytes());
        loss.take_if(|(text, _)| contains(text)).map(|(_, nth)| nth)
    }
}
