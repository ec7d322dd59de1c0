//! The `elsewhere` binary as a child process.

use std::net::SocketAddr;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::JoinHandle;

use serde_json::Value;
use tempfile::TempDir;

use crate::support::output::{Lines, OutputInTime as _};
use crate::support::service::variable;
use crate::support::wait::wait_for;

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
        let mut kill = Command::new("kill");
        assert!(kill.args(["-s", name, &id]).output_in_time().status.success());
    }

    /// Waits until the process has ended.
    #[track_caller]
    pub fn wait(&mut self) -> ExitStatus {
        wait_for("the end of the process", || self.0.try_wait().unwrap().ok_or("it runs"))
    }
}

impl Drop for RunningProcess {
    fn drop(&mut self) {
        let _ = self.0.kill();
        #[expect(clippy::disallowed_methods, reason = "the process is killed")]
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
    (running, public, admin, lines.map(|line| parse(&line)))
}

/// Starts `elsewhere serve`. A thread passes on the log lines that follow, so that the pipe of the
/// log never fills. It ends with the process.
pub fn serve_logging(
    folder: &TempDir,
    environment: &[(&str, &str)],
    mut to: impl FnMut(Value) + Send + 'static,
) -> (RunningProcess, SocketAddr, SocketAddr, JoinHandle<()>) {
    let ServeProcess { running, public, admin, lines, .. } = serve_raw(folder, environment);
    let reader = std::thread::spawn(move || lines.until_closed().for_each(|line| to(parse(&line))));
    (running, public, admin, reader)
}

fn parse(line: &str) -> Value {
    serde_json::from_str(line).unwrap_or_else(|_| panic!("not JSON: {line}"))
}

/// A serving process, with everything that it writes to standard error.
pub struct ServeProcess {
    pub running: RunningProcess,
    pub public: SocketAddr,
    pub admin: SocketAddr,
    /// The lines up to and including the one with the addresses.
    pub startup_lines: Vec<String>,
    pub lines: Lines,
}

pub fn serve_raw(folder: &TempDir, environment: &[(&str, &str)]) -> ServeProcess {
    serve_with(folder, &["serve"], environment)
}

/// Starts `elsewhere serve` with a settings file in the folder.
pub fn serve_from_file(folder: &TempDir, file: &str) -> ServeProcess {
    serve_with(folder, &["serve", "--config", file], &[("ELSEWHERE_LOG__LEVEL", "info")])
}

/// Starts the program with these arguments, on free ports.
pub fn serve_with(
    folder: &TempDir,
    arguments: &[&str],
    environment: &[(&str, &str)],
) -> ServeProcess {
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
    let mut lines = Lines::of(running.0.stderr.take().unwrap());
    let mut startup_lines = Vec::new();
    loop {
        startup_lines
            .push(lines.next().unwrap_or_else(|| panic!("no addresses: {startup_lines:?}")));
        let line = &startup_lines[startup_lines.len() - 1];
        let line: Value = serde_json::from_str(line)
            .unwrap_or_else(|_| panic!("not JSON: the last of {startup_lines:?}"));
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
        // Responses with status 500 are unexpected, so their lines are printed.
        let (running, public, admin, _) = serve_logging(&folder, &variables, |line| {
            if line["status"] == 500 {
                eprintln!("{line}");
            }
        });
        Self { running, public, admin, _folder: folder }
    }
}
