//! One process in which mappers run: `elsewhere map-claims`.

use std::io;
use std::io::Write as _;
use std::path::Path;
use std::process;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::time::timeout;

use crate::tokenizer::mapper_process::{Answer, MAX_MESSAGE};

const COMMAND: &str = "map-claims";
const CHECK: &str = "--check";

/// The time for the start, which takes a few milliseconds.
const START_TIMEOUT: Duration = Duration::from_secs(1);

/// A process, killed when dropped.
pub(super) struct Worker {
    process: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Worker {
    /// Starts a process and waits until it is ready. It does not get the environment, which may
    /// hold secrets.
    pub(super) async fn start(program: &Path) -> io::Result<Self> {
        let mut process = Command::new(program)
            .arg0("elsewhere")
            .arg(COMMAND)
            .env_clear()
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()?;
        let missing = || io::Error::other("no pipe");
        let input = process.stdin.take().ok_or_else(missing)?;
        let output = BufReader::new(process.stdout.take().ok_or_else(missing)?);
        let mut worker = Self { process, input, output };
        timeout(START_TIMEOUT, worker.read()).await??;
        Ok(worker)
    }

    pub(super) fn is_alive(&mut self) -> bool {
        matches!(self.process.try_wait(), Ok(None))
    }

    pub(super) async fn ask(&mut self, request: &[u8]) -> io::Result<Answer> {
        let length = u32::try_from(request.len()).map_err(io::Error::other)?;
        if length > MAX_MESSAGE {
            return Err(io::Error::other("too long"));
        }
        self.input.write_u32(length).await?;
        self.input.write_all(request).await?;
        self.input.flush().await?;
        Ok(serde_json::from_slice(&self.read().await?)?)
    }

    async fn read(&mut self) -> io::Result<Vec<u8>> {
        let length = self.output.read_u32().await?.min(MAX_MESSAGE);
        let mut message = vec![0; usize::try_from(length).map_err(io::Error::other)?];
        self.output.read_exact(&mut message).await?;
        Ok(message)
    }
}

/// Returns whether a mapper is valid Jsonnet. A process of its own tells, because parsing is
/// recursive. Blocks.
pub(super) fn is_valid(program: &Path, mapper: &str) -> io::Result<bool> {
    let mut process = process::Command::new(program)
        .args([COMMAND, CHECK])
        .env_clear()
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    if let Some(mut input) = process.stdin.take() {
        // A process that ends early fails anyway.
        let _ = input.write_all(mapper.as_bytes());
    }
    #[expect(clippy::disallowed_methods, reason = "parsing ends")]
    let status = process.wait()?;
    Ok(status.success())
}
