//! Gateways started with an example's configuration: nginx and Caddy from Debian, Envoy from PyPI.

use std::any::Any;
use std::net::SocketAddr;
use std::process::{Command, Stdio};

use crate::support::nginx::{Nginx, await_listener};
use crate::support::process::RunningProcess;

/// A running gateway, stopped on drop.
pub struct Gateway {
    pub address: SocketAddr,
    _running: Box<dyn Any>,
}

/// Starts a gateway with a configuration that listens on this address.
pub type Start = fn(config: &str, address: SocketAddr) -> Gateway;

/// The example with only its ports replaced. Every address is a loopback address.
pub fn with_ports(example: &str, ports: &[(u16, SocketAddr)]) -> String {
    let chunks = example.as_bytes().chunk_by(|a, b| a.is_ascii_digit() == b.is_ascii_digit());
    let replaced = chunks.map(|chunk| {
        let text = str::from_utf8(chunk).unwrap();
        let port = ports.iter().find(|(port, _)| port.to_string() == text);
        port.map_or(text.to_owned(), |(_, address)| address.port().to_string())
    });
    replaced.collect()
}

pub fn nginx(config: &str, address: SocketAddr) -> Gateway {
    Gateway { address, _running: Box::new(Nginx::start(config, address)) }
}

pub fn caddy(config: &str, address: SocketAddr) -> Gateway {
    let mut caddy = Command::new("caddy");
    caddy.args(["run", "--adapter", "caddyfile", "--config"]);
    start(caddy, config, address)
}

pub fn envoy(config: &str, address: SocketAddr) -> Gateway {
    let mut envoy = Command::new(std::env::var_os("ENVOY").unwrap());
    envoy.args(["--disable-hot-restart", "--concurrency", "1", "--log-level", "critical"]);
    envoy.arg("--config-path");
    start(envoy, config, address)
}

/// Starts a program that takes its configuration file as its last argument.
fn start(mut program: Command, config: &str, address: SocketAddr) -> Gateway {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("gateway.yaml");
    std::fs::write(&file, config).unwrap();
    program.arg(file).env("HOME", folder.path()).stderr(Stdio::null());
    let running = RunningProcess(program.spawn().unwrap());
    await_listener(address);
    Gateway { address, _running: Box::new((running, folder)) }
}
