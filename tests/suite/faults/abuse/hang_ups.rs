//! Clients that disconnect during a call. No database connection is lost, and other callers are
//! served as fast as beside clients that wait.

use std::io::{Read as _, Write as _};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

use http::Request;
use rand::RngExt as _;
use tokio::runtime::Runtime;

use crate::api::limits::connect_from;
use crate::faults::hostile::reset;
use crate::faults::hostile::target::Target;
use crate::support::databases::Kind;
use crate::support::wait::{BlockOnInTime as _, SetOnDrop, wait_until, wait_until_within};

/// The size of the connection pool.
const POOL_SIZE: u8 = 16;
const WORKERS: u32 = 8;
const REQUESTS_OF_WORKER: u32 = 150;
/// The interval between two requests of a worker: 400 requests per second in total.
const REQUEST_INTERVAL: Duration = Duration::from_millis(20);
/// The time limit of a call to the database.
const CALL_TIMEOUT: Duration = Duration::from_millis(2800);

/// The behaviour of the unauthenticated clients.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Behaviour {
    Waits,
    Disconnects,
}

fn token() -> String {
    format!("ory_st_{}", uuid::Uuid::new_v4().simple())
}

/// A delay after which the request is on its way, or being answered.
fn random_delay() -> Duration {
    Duration::from_micros(rand::rng().random_range(400..3000))
}

fn calls_over_http_1(to: SocketAddr, behaviour: Behaviour) {
    let began = Instant::now();
    for nth in 0..REQUESTS_OF_WORKER {
        sleep((began + REQUEST_INTERVAL * nth).saturating_duration_since(Instant::now()));
        let mut stream = connect_from(3, to);
        let request = format!(
            "GET /sessions/whoami HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\
             X-Session-Token: {}\r\n\r\n",
            token()
        );
        stream.write_all(request.as_bytes()).unwrap();
        if behaviour == Behaviour::Waits {
            let _ = stream.read_to_end(&mut Vec::new());
        } else {
            sleep(random_delay());
            reset(&stream);
        }
    }
}

/// Sends all requests over one connection.
async fn calls_over_http_2(to: SocketAddr, behaviour: Behaviour) {
    let stream = tokio::net::TcpStream::connect(to).await.unwrap();
    let (client, connection) = h2::client::handshake(stream).await.unwrap();
    let connection = tokio::spawn(connection);
    let began = tokio::time::Instant::now();
    let workers = (0..WORKERS).map(|_| {
        let client = client.clone();
        tokio::spawn(async move {
            for nth in 0..REQUESTS_OF_WORKER {
                tokio::time::sleep_until(began + REQUEST_INTERVAL * nth).await;
                let request = Request::get("http://localhost/sessions/whoami");
                let request = request.header("x-session-token", token()).body(()).unwrap();
                let mut client = client.clone().ready().await.unwrap();
                let (answer, mut stream) = client.send_request(request, true).unwrap();
                if behaviour == Behaviour::Waits {
                    answer.await.unwrap();
                } else {
                    tokio::time::sleep(random_delay()).await;
                    stream.send_reset(h2::Reason::CANCEL);
                }
            }
        })
    });
    for worker in workers.collect::<Vec<_>>() {
        worker.await.unwrap();
    }
    connection.abort();
}

/// Runs a well-behaved caller beside the others. Returns the duration of each of its calls.
fn well_behaved_durations(target: &Target, others: impl FnOnce() + Send) -> Vec<Duration> {
    let is_over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let ending = SetOnDrop(&is_over);
        let behaving = scope.spawn(|| {
            let mut took = Vec::new();
            while !is_over.load(Ordering::Relaxed) {
                let began = Instant::now();
                let mut stream = connect_from(9, target.replica.public);
                let request = format!(
                    "GET /sessions/whoami HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\
                     X-Session-Token: {}\r\n\r\n",
                    target.token
                );
                stream.write_all(request.as_bytes()).unwrap();
                let mut answer = String::new();
                stream.read_to_string(&mut answer).unwrap();
                took.push(began.elapsed());
                assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
                sleep(Duration::from_millis(5));
            }
            took
        });
        others();
        drop(ending);
        behaving.join().unwrap()
    })
}

fn median(mut took: Vec<Duration>) -> Duration {
    took.sort();
    took[took.len() / 2]
}

/// Compares the same calls by clients that wait and by clients that disconnect, in alternation.
fn assert_costs_no_more_than_waiting(kind: Kind, calls: impl Fn(SocketAddr, Behaviour) + Sync) {
    // On a slow machine many streams are reset before they are processed. With the default limit,
    // the connection would be closed.
    let target = Target::on_own_server(kind, &[("limits.max_pending_resets", "10000")]);
    let run =
        |behaviour| well_behaved_durations(&target, || calls(target.replica.public, behaviour));
    // The first run opens all pool connections.
    run(Behaviour::Waits);
    let (mut waited, mut hung_up, mut taken) = (Vec::new(), Vec::new(), 0);
    for _ in 0..2 {
        waited.extend(run(Behaviour::Waits));
        let before = target.database.accepted_connections();
        hung_up.extend(run(Behaviour::Disconnects));
        // One of them is the connection of this query itself.
        taken += target.database.accepted_connections() - before - 1;
    }
    let (requests, waited, hung_up) = (hung_up.len(), median(waited), median(hung_up));
    println!("{kind:?}: {waited:?} beside callers who wait, {hung_up:?} beside those who hang up");
    println!("{requests} requests, {taken} new connections to the database");
    assert!(taken <= POOL_SIZE.into(), "{taken} new connections");
    assert!(hung_up <= 2 * waited, "{hung_up:?} and not {waited:?}");
    assert!(requests > 100, "{requests}");
    assert_nothing_remains(&target);
}

fn pool(target: &Target, name: &str) -> f64 {
    let pool = if target.database.kind == Kind::Sqlite { "readers" } else { "server" };
    target.metric(&format!("elsewhere_database_{name}{{pool=\"{pool}\"}}"))
}

fn assert_nothing_remains(target: &Target) {
    target.assert_nothing_is_held();
    let busy = || pool(target, "connections") - pool(target, "connections_idle");
    wait_until("no connection is busy", || {
        busy() <= 0.0 && pool(target, "pending_acquires") == 0.0
    });
    target.assert_list_is_served();
}

pub fn clients_that_reset_connections_cost_no_more_than_waiting_ones(kind: Kind) {
    assert_costs_no_more_than_waiting(kind, |to, behaviour| {
        std::thread::scope(|scope| {
            (0..WORKERS).for_each(|_| drop(scope.spawn(move || calls_over_http_1(to, behaviour))));
        });
    });
}

pub fn clients_that_reset_streams_cost_no_more_than_waiting_ones(kind: Kind) {
    assert_costs_no_more_than_waiting(kind, |to, behaviour| {
        Runtime::new().unwrap().block_on_in_time(calls_over_http_2(to, behaviour));
    });
}

/// The abandoned calls end with the time limit of a call, so that others can connect.
pub fn abandoned_calls_end_with_their_time_limit(kind: Kind) {
    let target = Target::on_own_server(kind, &[]);
    let server = target.server.as_ref().unwrap();
    target.assert_list_is_served();
    server.run("freeze");
    let ask = |_| {
        let mut stream = connect_from(3, target.replica.public);
        let request =
            format!("GET /sessions HTTP/1.1\r\nHost: x\r\nX-Session-Token: {}\r\n\r\n", token());
        stream.write_all(request.as_bytes()).unwrap();
        stream
    };
    let hanging: Vec<_> = (0..2 * POOL_SIZE).map(ask).collect();
    let began = Instant::now();
    wait_until_within(CALL_TIMEOUT, "the requests arrive", || {
        target.metric("elsewhere_http_requests_in_flight{listener=\"public\"}")
            >= 2.0 * f64::from(POOL_SIZE)
    });
    hanging.iter().for_each(reset);
    drop(hanging);
    let left = (2 * CALL_TIMEOUT).saturating_sub(began.elapsed());
    wait_until_within(left, "the calls end", || pool(&target, "connections") == 0.0);
    server.run("thaw");
    assert_nothing_remains(&target);
}
