//! What stands between the service and a server, and fails as networks do.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio::sync::watch;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    Open,
    /// Takes connections and bytes, and answers nothing.
    Silent,
    /// Hangs up on everyone.
    Cut,
}

pub struct Proxy {
    state: watch::Sender<State>,
    what: Arc<What>,
    _runtime: Runtime,
}

#[derive(Clone, Copy)]
struct State {
    way: Way,
    /// How often everyone was hung up on.
    cuts: u64,
}

#[derive(Default)]
struct What {
    delay: AtomicU64,
    /// A text the next of which loses an answer, and which answer that is.
    losing: Mutex<Option<(&'static str, u64)>>,
    /// A text, and what stands in its place when it reaches the server.
    garbling: Mutex<Option<(&'static str, &'static str)>>,
    /// A text the next message with which is held up, and all that comes after it.
    holding: Mutex<Option<String>>,
    holds: watch::Sender<bool>,
    bytes_to_server: AtomicU64,
}

impl Proxy {
    /// Gives also the URL of the same database through it.
    pub fn before(url: &str) -> (Self, String) {
        let mut url = url::Url::parse(url).unwrap();
        let server = SocketAddr::from(([127, 0, 0, 1], url.port().unwrap()));
        let runtime = Runtime::new().unwrap();
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        url.set_port(Some(listener.local_addr().unwrap().port())).unwrap();
        let (state, watched) = watch::channel(State { way: Way::Open, cuts: 0 });
        let what = Arc::new(What::default());
        let passing = Arc::clone(&what);
        runtime.spawn(async move {
            loop {
                let (client, _) = listener.accept().await.unwrap();
                tokio::spawn(pass(client, server, watched.clone(), Arc::clone(&passing)));
            }
        });
        (Self { state, what, _runtime: runtime }, url.into())
    }

    pub fn goes(&self, way: Way) {
        self.state.send_modify(|state| *state = State { way, cuts: state.cuts + 1 });
    }

    /// Hangs up on everyone, once.
    pub fn cut(&self) {
        self.goes(Way::Open);
    }

    /// Each way, each time.
    pub fn delay(&self, delay: Duration) {
        self.what.delay.store(delay.as_millis().try_into().unwrap(), Ordering::Relaxed);
    }

    /// The server gets the next message that has this text in it; its answer to
    /// that, or the `nth` from there on, is lost, and the connection with it.
    pub fn lose_the_answer_to(&self, text: &'static str, nth: u64) {
        *self.what.losing.lock().unwrap() = Some((text, nth));
    }

    /// The server gets another text of the same length in the place of each of these.
    pub fn garble(&self, text: &'static str, with: &'static str) {
        assert_eq!(text.len(), with.len());
        *self.what.garbling.lock().unwrap() = Some((text, with));
    }

    /// The next message that has this text in it does not come through, until all are let go.
    pub fn hold(&self, text: &str) {
        *self.what.holding.lock().unwrap() = Some(text.to_owned());
    }

    /// Whether that has happened.
    pub fn holds(&self) -> bool {
        *self.what.holds.borrow()
    }

    /// What was held up goes on.
    pub fn let_go(&self) {
        self.what.holds.send_replace(false);
    }

    /// Whether that has happened.
    pub fn has_lost(&self) -> bool {
        self.what.losing.lock().unwrap().is_none()
    }

    /// Waits until a message is held up.
    pub fn until_held(&self) {
        let mut holds = self.what.holds.subscribe();
        let held = async {
            let held = holds.wait_for(|holds| *holds);
            tokio::time::timeout(Duration::from_secs(10), held).await.map(drop)
        };
        Runtime::new().unwrap().block_on(held).unwrap();
    }

    pub fn bytes_to_server(&self) -> u64 {
        self.what.bytes_to_server.load(Ordering::Relaxed)
    }
}

/// Passes bytes while the way is open; keeps silent while it is silent.
async fn pass(
    mut client: TcpStream,
    server: SocketAddr,
    mut state: watch::Receiver<State>,
    what: Arc<What>,
) {
    let State { way, cuts } = *state.borrow();
    if way == Way::Open {
        // A server that is away hangs up, too.
        let Ok(mut server) = TcpStream::connect(server).await else { return };
        let (from_client, to_client) = client.split();
        let (from_server, to_server) = server.split();
        // How many more answers come through.
        let left = AtomicU64::new(u64::MAX);
        let there = |piece: &[u8]| {
            what.bytes_to_server.fetch_add(piece.len() as u64, Ordering::Relaxed);
            if let Some(nth) = what.loses(piece) {
                left.store(nth - 1, Ordering::Relaxed);
            }
            true
        };
        let back = |_: &[u8]| left.fetch_sub(1, Ordering::Relaxed) != 0;
        tokio::select! {
            () = pump(from_client, to_server, &what, there) => return,
            () = pump(from_server, to_client, &what, back) => return,
            _ = state.wait_for(|state| state.cuts != cuts) => {}
        }
    }
    let _ = state.wait_for(|state| state.way != Way::Silent).await;
}

/// Passes each piece that it is told to, after the delay.
async fn pump(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    what: &What,
    passes: impl Fn(&[u8]) -> bool,
) {
    let mut buffer = vec![0; 65536];
    while let Ok(read @ 1..) = from.read(&mut buffer).await {
        what.garble(&mut buffer[..read]);
        let piece = &buffer[..read];
        let passes = passes(piece);
        wait(what).await;
        if what.is_held(piece) {
            let _ = what.holds.subscribe().wait_for(|holds| !holds).await;
        }
        if !passes || to.write_all(piece).await.is_err() {
            return;
        }
    }
}

async fn wait(what: &What) {
    let delay = what.delay.load(Ordering::Relaxed);
    if delay > 0 {
        tokio::time::sleep(Duration::from_millis(delay)).await;
    }
}

impl What {
    fn garble(&self, bytes: &mut [u8]) {
        let Some((text, with)) = *self.garbling.lock().unwrap() else { return };
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
        let mut losing = self.losing.lock().unwrap();
        let contains =
            |text: &str| bytes.windows(text.len()).any(|window| window == text.as_bytes());
        losing.take_if(|(text, _)| contains(text)).map(|(_, nth)| nth)
    }
}
