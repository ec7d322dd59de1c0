//! The `elsewhere` binary as a child process.

use std::io::{BufRead as _, BufReader, Lines};
use std::net::SocketAddr;
use std::process::{Child, ChildStderr, Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use crate::support::service::variable;

pub fn elsewhere(folder: &TempDir, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_elsewhere"));
    command.args(arguments).current_dir(folder.path()).env_clear();
    command
}

/// A running command, killed on drop.
pub struct RunningProcess(pub Child);

impl RunningProcess {
    pub fn signal(&self, name: &str) {
        let id = self.0.id().to_string();
        assert!(Command::new("kill").args(["-s", name, &id]).status().unwrap().success());
    }
}

impl Drop for RunningProcess {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Starts `elsewhere serve`. Returns the process, the public and the admin address, and an iterator
/// of the log lines that follow.
pub fn serve(
    folder: &TempDir,
    environment: &[(&str, &str)],
) -> (RunningProcess, SocketAddr, SocketAddr, impl Iterator<Item = Value> + Send + use<>) {
    let ServeProcess { running, public, admin, lines, .. } = serve_raw(folder, environment);
    let lines = lines.map(|line| serde_json::from_str::<Value>(&line.unwrap()).unwrap());
    (running, public, admin, lines)
}

/// A serving process, with everything that it writes to standard error.
pub struct ServeProcess {
    pub running: RunningProcess,
    pub public: SocketAddr,
    pub admin: SocketAddr,
    /// The lines up to and including the one with the addresses.
    pub startup_lines: Vec<String>,
    pub lines: Lines<BufReader<ChildStderr>>,
}

pub fn serve_raw(folder: &TempDir, environment: &[(&str, &str)]) -> ServeProcess {
    serve_with(folder, &["serve"], environment)
}

/// Starts `elsewhere serve` with a settings file in the folder.
pub fn serve_from_file(folder: &TempDir, file: &str) -> ServeProcess {
    serve_with(folder, &["serve", "--config", file], &[("ELSEWHERE_LOG__LEVEL", "info")])
}

fn serve_with(folder: &TempDir, arguments: &[&str], environment: &[(&str, &str)]) -> ServeProcess {
    let mut command = elsewhere(folder, arguments);
    let child = command
        .env("ELSEWHERE_SERVER__LISTEN", "127.0.0.1:0")
        .env("ELSEWHERE_ADMIN__LISTEN", "127.0.0.1:0")
        .env("ELSEWHERE_LOG__FORMAT", "json")
        .env("ELSEWHERE_SERVER__SHUTDOWN_DELAY", "")
        .envs(environment.iter().copied())
        .stderr(Stdio::piped())
        .spawn();
    let mut running = RunningProcess(child.unwrap());
    let mut lines = BufReader::new(running.0.stderr.take().unwrap()).lines();
    let mut startup_lines = Vec::new();
    loop {
        startup_lines.push(
            lines.next().unwrap_or_else(|| panic!("no addresses: {startup_lines:?}")).unwrap(),
        );
        let line: Value = serde_json::from_str(&startup_lines[startup_lines.len() - 1]).unwrap();
        if line["message"] == "listening" {
            let address = |listener: &str| line[listener].as_str().unwrap().parse().unwrap();
            let (public, admin) = (address("public"), address("admin"));
            return ServeProcess { running, public, admin, startup_lines, lines };
        }
    }
}

/// A replica of the service.
pub struct Replica {
    pub running: RunningProcess,
    pub public: SocketAddr,
    pub admin: SocketAddr,
    _folder: TempDir,
}

impl Replica {
    pub fn start(settings: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let variables: Vec<_> =
            settings.iter().map(|(key, value)| (variable(key), *value)).collect();
        let variables: Vec<_> =
            variables.iter().map(|(key, value)| (key.as_str(), *value)).collect();
        let (running, public, admin, lines) = serve(&folder, &variables);
        // Keep reading, so that the pipe of the log never fills. Responses with status 500 are
        // unexpected, so their lines are printed.
        std::thread::spawn(move || {
            lines.filter(|line| line["status"] == 500).for_each(|line| eprintln!("{line}"));
        });
        Self { running, public, admin, _folder: folder }
    }
}
