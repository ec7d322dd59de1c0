//! When the database server is not there: a clear 503, soon, and well again
//! without a restart.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use elsewhere::clock::Clock;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio::sync::watch;

use crate::databases::{Database, Kind};
use crate::http_client::get;
use crate::people::{NOW, person, session};
use crate::service::{Service, config};

/// What stands between the service and the server does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Open,
    /// Takes connections and bytes, and answers nothing.
    Silent,
    /// Hangs up on everyone.
    Cut,
}

struct Proxy {
    address: SocketAddr,
    way: watch::Sender<Way>,
    _runtime: Runtime,
}

impl Proxy {
    fn to(server: SocketAddr) -> Self {
        let runtime = Runtime::new().unwrap();
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let address = listener.local_addr().unwrap();
        let (way, watched) = watch::channel(Way::Open);
        runtime.spawn(async move {
            loop {
                let (client, _) = listener.accept().await.unwrap();
                tokio::spawn(pass(client, server, watched.clone()));
            }
        });
        Self { address, way, _runtime: runtime }
    }
}

/// Passes bytes while the way is open; ends with any change, but for a silence,
/// which it keeps until that ends.
async fn pass(mut client: TcpStream, server: SocketAddr, mut way: watch::Receiver<Way>) {
    if *way.borrow() == Way::Open {
        let mut server = TcpStream::connect(server).await.unwrap();
        tokio::select! {
            _ = tokio::io::copy_bidirectional(&mut client, &mut server) => return,
            _ = way.wait_for(|way| *way != Way::Open) => {}
        }
    }
    let _ = way.wait_for(|way| *way != Way::Silent).await;
}

/// The same database through a proxy, with someone signed in twice in it.
struct Behind {
    proxy: Proxy,
    service: Service,
    token: String,
    _database: Database,
}

impl Behind {
    fn proxy(kind: Kind) -> Self {
        let database = Database::empty(kind);
        let mut url = url::Url::parse(&database.url).unwrap();
        let server = SocketAddr::from(([127, 0, 0, 1], url.port().unwrap()));
        let proxy = Proxy::to(server);
        url.set_port(Some(proxy.address.port())).unwrap();
        let config = config([("database.url", url.as_str()), ("database.max_connections", "4")]);
        let service = Service::start(&config, Clock::fixed(NOW));
        let sessions = [session(1), session(2)];
        service.issue(&person(), &sessions);
        let token = sessions[0].token.expose().to_owned();
        Self { proxy, service, token, _database: database }
    }

    fn status(&self) -> u16 {
        let began = Instant::now();
        let answer = get(self.service.public, "/sessions", &self.token);
        assert!(began.elapsed() < Duration::from_secs(3), "{:?}", began.elapsed());
        assert_eq!(answer.has("retry-after"), answer.status == 503, "{answer:?}");
        answer.status
    }

    fn way(&self, way: Way) {
        self.proxy.way.send(way).unwrap();
    }
}

fn a_restarted_server_costs_nobody_an_error(kind: Kind) {
    let behind = Behind::proxy(kind);
    // As many connections as the pool has, all of them idle, all of them dead.
    let statuses = |behind: &Behind| {
        std::thread::scope(|scope| {
            let calls: Vec<_> = (0..8).map(|_| scope.spawn(|| behind.status())).collect();
            calls.into_iter().map(|call| call.join().unwrap()).collect::<Vec<_>>()
        })
    };
    assert_eq!(statuses(&behind), [200; 8]);
    for _ in 0..3 {
        behind.way(Way::Cut);
        behind.way(Way::Open);
        assert_eq!(statuses(&behind), [200; 8]);
    }
}

fn a_server_that_is_away_is_a_503_until_it_is_back(kind: Kind) {
    let behind = Behind::proxy(kind);
    for away in [Way::Cut, Way::Silent] {
        assert_eq!(behind.status(), 200);
        behind.way(away);
        assert_eq!([behind.status(), behind.status()], [503, 503], "{away:?}");
        behind.way(Way::Open);
        assert_eq!(behind.status(), 200, "{away:?}");
    }
}

fn a_server_that_starts_later_is_waited_for(kind: Kind) {
    let database = Database::empty(kind);
    let mut url = url::Url::parse(&database.url).unwrap();
    let proxy = Arc::new(Proxy::to(SocketAddr::from(([127, 0, 0, 1], url.port().unwrap()))));
    url.set_port(Some(proxy.address.port())).unwrap();
    proxy.way.send(Way::Cut).unwrap();

    let impatient = config([("database.url", url.as_str()), ("database.start_timeout", "300ms")]);
    let error = Runtime::new().unwrap().block_on(elsewhere::database::open(&impatient));
    assert!(error.err().unwrap().to_string().starts_with("database.url: "));

    let patient = config([("database.url", url.as_str())]);
    let service = std::thread::spawn(move || Service::start(&patient, Clock::fixed(NOW)));
    proxy.way.send(Way::Open).unwrap();
    let answer = get(service.join().unwrap().public, "/sessions", "nobodys");
    assert_eq!(answer.status, 401);
}

macro_rules! on_servers {
    ($($test:ident),* $(,)?) => {
        mod on_postgres { $(#[test] fn $test() { super::$test(super::Kind::Postgres); })* }
        mod on_mysql { $(#[test] fn $test() { super::$test(super::Kind::MySql); })* }
    };
}

on_servers! {
    a_restarted_server_costs_nobody_an_error,
    a_server_that_is_away_is_a_503_until_it_is_back,
    a_server_that_starts_later_is_waited_for,
}
