//! The gateway examples, run with Debian's nginx and Caddy.

use std::any::Any;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::process::{Command, Stdio};
use std::sync::mpsc;

use crate::support::http_client::{Answer, send};
use crate::support::nginx::{Nginx, await_listener, free_address};
use crate::support::people::{TestService, person, session};
use crate::support::process::RunningProcess;

/// An app that answers every request and passes on the request headers.
fn app() -> (SocketAddr, mpsc::Receiver<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (heads, received) = mpsc::channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let lines = BufReader::new(stream.try_clone().unwrap()).lines().map(Result::unwrap);
            let head = lines.take_while(|line| !line.is_empty()).map(|line| line.to_lowercase());
            if heads.send(head.collect()).is_err() {
                break;
            }
            let answer = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello";
            stream.write_all(answer.as_bytes()).unwrap();
        }
    });
    (address, received)
}

struct Gateway {
    address: SocketAddr,
    _running: Box<dyn Any>,
}

/// The example, with only its addresses replaced.
fn adapted(example: &str, elsewhere: SocketAddr, app: SocketAddr, gateway: SocketAddr) -> String {
    example
        .replace("127.0.0.1:4433", &elsewhere.to_string())
        .replace("127.0.0.1:3000", &app.to_string())
        .replace("127.0.0.1:8080", &gateway.to_string())
        .replace("http://:8080", &format!("http://:{}", gateway.port()))
}

fn nginx(elsewhere: SocketAddr, app: SocketAddr) -> Gateway {
    let address = free_address();
    let config = adapted(include_str!("../../../examples/nginx.conf"), elsewhere, app, address);
    Gateway { address, _running: Box::new(Nginx::start(&config, address)) }
}

fn caddy(elsewhere: SocketAddr, app: SocketAddr) -> Gateway {
    let address = free_address();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("Caddyfile");
    let config = adapted(include_str!("../../../examples/Caddyfile"), elsewhere, app, address);
    std::fs::write(&file, config).unwrap();
    let mut caddy = Command::new("caddy");
    caddy.args(["run", "--adapter", "caddyfile", "--config"]).arg(&file);
    caddy.env("HOME", folder.path()).stderr(Stdio::null());
    let running = RunningProcess(caddy.spawn().unwrap());
    await_listener(address);
    Gateway { address, _running: Box::new((running, folder)) }
}

#[test]
fn nginx_admits_signed_in_callers_and_passes_on_their_identity() {
    admits_signed_in_callers_and_passes_on_their_identity(nginx);
}

#[test]
fn caddy_admits_signed_in_callers_and_passes_on_their_identity() {
    admits_signed_in_callers_and_passes_on_their_identity(caddy);
}

fn admits_signed_in_callers_and_passes_on_their_identity(
    gateway: fn(elsewhere: SocketAddr, app: SocketAddr) -> Gateway,
) {
    let test = TestService::start(&[("session.cookie_secrets", "a-secret-of-16-characters")]);
    let (ana, here, mut ended) = (person(), session(1), session(2));
    ended.session.active = false;
    test.issue(&ana, &[here.clone(), ended.clone()]);
    let (app, heads) = app();
    let gateway = gateway(test.service.public, app);
    let ask = |headers: &[(&str, &str)]| -> Answer {
        let headers: Vec<_> =
            headers.iter().map(|(name, value)| (*name, value.as_bytes())).collect();
        send(gateway.address, "GET", "/", &headers)
    };

    let (cookie, ended_cookie) = (test.cookie(&here), test.cookie(&ended));
    let wanted = format!("x-identity-id: {}", ana.id);
    for credential in [("Cookie", cookie.as_str()), ("X-Session-Token", here.token.expose())] {
        // The gateway replaces an identity header that the client sends.
        let answer = ask(&[credential, ("X-Identity-Id", "00000000-0000-4000-8000-00000000dead")]);
        assert_eq!((answer.status, answer.body.as_str()), (200, "hello"));
        let head = heads.recv().unwrap();
        let identities: Vec<_> =
            head.iter().filter(|line| line.starts_with("x-identity-id:")).collect();
        assert_eq!(identities, [&wanted]);
    }
    assert_eq!(ask(&[]).status, 401);
    assert_eq!(ask(&[("Cookie", &ended_cookie)]).status, 401);
    assert!(heads.try_recv().is_err(), "the app hears of no one who is not let in");

    // If the service is down, the gateway does not answer 401, but 503 with Retry-After.
    let token = here.token.expose().to_owned();
    drop(test);
    let answer = ask(&[("X-Session-Token", &token)]);
    assert_eq!((answer.status, answer.header("retry-after").as_str()), (503, "1"));
}
