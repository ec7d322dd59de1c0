//! The examples: receivers that verify messages with the published libraries, and a gateway that
//! drops sessions by the stream.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::api::webhooks::{SECRET, claimed, revoke, sign_in};
use crate::support::databases::{Database, Kind};
use crate::support::http_client::{Answer, get, send_json};
use crate::support::output::Lines;
use crate::support::process::{Replica, RunningProcess};
use crate::support::wait::wait_until;

/// A program of `examples/` that listens.
struct Program {
    address: SocketAddr,
    lines: Lines,
    _running: RunningProcess,
}

/// Starts an example in the folder where the clients are installed.
fn start(program: &str, folder: &str, example: &str, variables: &[(&str, &str)]) -> Program {
    let clients = PathBuf::from(std::env::var_os("CLIENTS").unwrap());
    let source = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("examples").join(example);
    let copy = clients.join(folder).join(source.file_name().unwrap());
    std::fs::copy(source, &copy).unwrap();
    let mut command = Command::new(program.replace("CLIENTS", clients.to_str().unwrap()));
    command.arg(copy).env("PORT", "0").envs(variables.iter().copied()).stdout(Stdio::piped());
    let mut running = RunningProcess(command.spawn().unwrap());
    let mut lines = Lines::of(running.0.stdout.take().unwrap());
    let line = lines.next().unwrap();
    let port: u16 = line.strip_prefix("listening on ").unwrap().parse().unwrap();
    Program { address: SocketAddr::from(([127, 0, 0, 1], port)), lines, _running: running }
}

fn receiver_verifies(mut receiver: Program) {
    let database = Database::empty(Kind::Sqlite);
    let url = format!("http://{}/", receiver.address);
    let replica = Replica::start(&[
        ("database.url", &database.url),
        ("webhooks.chat.url", &url),
        ("webhooks.chat.secret", SECRET),
        ("webhooks.chat.events", "session.revoked"),
    ]);
    claimed(&database);
    let session = sign_in(replica.admin);
    revoke(replica.admin, &session);
    assert_eq!(receiver.lines.next(), Some(format!("session.revoked {}", session.session)));
    let forged: &[(&str, &[u8])] = &[
        ("webhook-id", b"evt_1"),
        ("webhook-timestamp", b"1700000000"),
        ("webhook-signature", b"v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4="),
    ];
    assert_eq!(send_json(receiver.address, "POST", "/", forged, "{}").status, 400);
}

#[test]
fn the_receiver_in_python_verifies_with_the_published_library() {
    let python = "CLIENTS/python/venv/bin/python";
    receiver_verifies(start(python, "python", "webhooks/receiver.py", &[("SECRET", SECRET)]));
}

#[test]
fn the_receiver_in_javascript_verifies_with_the_published_library() {
    let secret = [("SECRET", SECRET)];
    receiver_verifies(start("node", "javascript", "webhooks/receiver.mjs", &secret));
}

#[test]
fn the_gateway_drops_a_session_that_ends_from_its_cache() {
    let database = Database::empty(Kind::Sqlite);
    let replica = Replica::start(&[("database.url", &database.url)]);
    let [public, admin] =
        [replica.public, replica.admin].map(|address| format!("http://{address}"));
    let variables = [("PUBLIC", public.as_str()), ("ADMIN", admin.as_str())];
    let gateway = start("node", "javascript", "events/gateway.mjs", &variables);
    let [ended, other] = [sign_in(replica.admin), sign_in(replica.admin)];
    let ask = |token: &str| get(gateway.address, "/", token);
    let is_cached =
        |answer: &Answer| (answer.status, answer.header("x-cached").as_str()) == (204, "true");
    for session in [&ended, &other] {
        wait_until("the session is cached", || is_cached(&ask(&session.token)));
    }
    revoke(replica.admin, &ended);
    wait_until("the session has ended at the gateway", || ask(&ended.token).status == 401);
    assert!(is_cached(&ask(&other.token)));
}
