//! A private database server, which a test may kill.

use std::path::PathBuf;
use std::process::Command;

use tempfile::TempDir;

use crate::support::databases::Kind;
use crate::support::output::OutputInTime as _;

pub struct Server {
    pub url: String,
    name: &'static str,
    /// True if the server accepts TLS.
    tls: bool,
    folder: TempDir,
}

impl Server {
    pub fn start(kind: Kind) -> Self {
        Self::up(kind, false)
    }

    /// Starts a server that accepts TLS and has a certificate for `localhost`.
    pub fn with_tls(kind: Kind) -> Self {
        Self::up(kind, true)
    }

    /// The CA certificate that signed the server's certificate.
    pub fn authority(&self) -> PathBuf {
        self.folder.path().join("tls/ca.pem")
    }

    fn up(kind: Kind, tls: bool) -> Self {
        let (name, variable) = match kind {
            Kind::MySql => ("mysql", "ELSEWHERE_TEST_MYSQL="),
            _ => ("postgres", "ELSEWHERE_TEST_POSTGRES="),
        };
        let mut server =
            Self { url: String::new(), name, tls, folder: tempfile::tempdir().unwrap() };
        let started = server.run("up");
        let url = started.lines().find_map(|line| line.strip_prefix(variable));
        url.unwrap().clone_into(&mut server.url);
        server
    }

    /// Runs `kill`, `stop`, `start`, `freeze` or `thaw`, and returns when it is done.
    pub fn run(&self, action: &str) -> String {
        let output = self.command(action).output_in_time();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    pub fn command(&self, action: &str) -> Command {
        let mut command = Command::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/servers"));
        command.env("SERVER_DURABLE", "1").env("SERVER_CONNECTIONS", "60");
        command.env("SERVER_TLS", u8::from(self.tls).to_string());
        command.arg(action).arg(self.folder.path()).arg(self.name);
        command
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Errors do not matter here: the server may not be frozen, or may not exist.
        let _ = self.command("thaw").output_in_time();
        let _ = self.command("down").output_in_time();
    }
}
