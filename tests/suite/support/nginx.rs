//! Debian's nginx, started with a test's own configuration.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Command, Stdio};

use tempfile::TempDir;

use crate::support::process::RunningProcess;
use crate::support::wait::{LIMIT, wait_for};

pub struct Nginx {
    _running: RunningProcess,
    _folder: TempDir,
}

impl Nginx {
    /// Starts nginx and returns when it listens on this address.
    pub fn start(config: &str, listen: SocketAddr) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("nginx.conf");
        std::fs::write(&file, config).unwrap();
        let nginx = Command::new("nginx")
            .arg("-p")
            .arg(folder.path())
            .arg("-c")
            .arg(&file)
            .args(["-g", "daemon off; master_process off; pid nginx.pid; error_log stderr;"])
            .stderr(Stdio::null())
            .spawn();
        let running = RunningProcess(nginx.unwrap());
        await_listener(listen);
        Self { _running: running, _folder: folder }
    }
}

pub fn await_listener(address: SocketAddr) {
    wait_for(&format!("a listener on {address}"), || TcpStream::connect_timeout(&address, LIMIT));
}

/// A loopback address whose port was free at the time of the call.
pub fn free_address() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}
