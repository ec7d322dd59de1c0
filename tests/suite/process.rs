//! The program itself, as a process of its own.

use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use crate::service::variable;

pub fn elsewhere(folder: &TempDir, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_elsewhere"));
    command.args(arguments).current_dir(folder.path()).env_clear();
    command
}

/// A command that runs, killed if a test forgets it.
pub struct Running(pub Child);

impl Running {
    pub fn signal(&self, name: &str) {
        let id = self.0.id().to_string();
        assert!(Command::new("kill").args(["-s", name, &id]).status().unwrap().success());
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Starts to serve, and gives the addresses of both sides and a reader of the further log lines.
pub fn serve(
    folder: &TempDir,
    environment: &[(&str, &str)],
) -> (Running, SocketAddr, SocketAddr, impl Iterator<Item = Value> + Send + use<>) {
    let mut command = elsewhere(folder, &["serve"]);
    let child = command
        .env("ELSEWHERE_SERVER__LISTEN", "127.0.0.1:0")
        .env("ELSEWHERE_ADMIN__LISTEN", "127.0.0.1:0")
        .env("ELSEWHERE_LOG__FORMAT", "json")
        .env("ELSEWHERE_SERVER__STOP_DELAY", "")
        .envs(environment.iter().copied())
        .stderr(Stdio::piped())
        .spawn();
    let mut running = Running(child.unwrap());
    let lines = BufReader::new(running.0.stderr.take().unwrap()).lines();
    let mut lines = lines.map(|line| {
        let line = line.unwrap();
        serde_json::from_str::<Value>(&line).unwrap_or_else(|_| panic!("{line}"))
    });
    let listening = lines.find(|line| line["message"] == "listening").unwrap();
    let address = |side: &str| listening[side].as_str().unwrap().parse().unwrap();
    (running, address("public"), address("admin"), lines)
}

/// A copy of the service.
pub struct Copy {
    pub running: Running,
    pub public: SocketAddr,
    pub admin: SocketAddr,
    _folder: TempDir,
}

impl Copy {
    pub fn start(settings: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let variables: Vec<_> =
            settings.iter().map(|(key, value)| (variable(key), *value)).collect();
        let variables: Vec<_> =
            variables.iter().map(|(key, value)| (key.as_str(), *value)).collect();
        let (running, public, admin, lines) = serve(&folder, &variables);
        // Read on, so that the log's pipe never fills; what nobody expects is shown.
        std::thread::spawn(move || {
            lines.filter(|line| line["status"] == 500).for_each(|line| eprintln!("{line}"));
        });
        Self { running, public, admin, _folder: folder }
    }
}
