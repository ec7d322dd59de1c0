//! The processes in which mappers run. A mapper that fails, does not end or needs too much memory
//! costs its request, and no other.

use std::borrow::Cow;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::available_parallelism;
use std::time::Duration;

use serde_json::value::RawValue;
use serde_json::{Map, Value};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::sync::Semaphore;
use tokio::time::timeout;

use crate::tokenizer::claims::Claims;
use crate::tokenizer::jsonnet::{Answer, MAX_MESSAGE, Request, TIMEOUT};

/// The command of the program that runs mappers.
const COMMAND: &str = "map-claims";

/// The time that a request waits for one of the processes.
const MAX_WAIT: Duration = Duration::from_secs(1);

/// As many processes as there are cores: more would only compete.
pub(super) struct ClaimsMapper {
    program: PathBuf,
    slots: Semaphore,
    idle: Mutex<Vec<Worker>>,
}

pub(super) enum MapperError {
    /// The mapper is at fault.
    Failed(Cow<'static, str>),
    Unavailable(&'static str),
}

const NOT_JSON: MapperError = MapperError::Failed(Cow::Borrowed("not valid JSON"));

struct Worker {
    /// Kills the process when dropped.
    _process: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl ClaimsMapper {
    pub(super) fn new(program: &Path) -> Self {
        Self {
            program: program.to_owned(),
            slots: Semaphore::new(available_parallelism().map_or(1, usize::from)),
            idle: Mutex::default(),
        }
    }

    /// The claims that a mapper returns for a session, given as JSON.
    pub(super) async fn run(
        &self,
        mapper: &str,
        session: &[u8],
        claims: &Claims,
    ) -> Result<Map<String, Value>, MapperError> {
        let session: &RawValue = serde_json::from_slice(session).map_err(|_| NOT_JSON)?;
        let request =
            serde_json::to_vec(&Request { mapper, session, claims }).map_err(|_| NOT_JSON)?;
        let waited = timeout(MAX_WAIT, self.slots.acquire()).await;
        let Ok(Ok(_slot)) = waited else {
            return Err(MapperError::Unavailable("too many requests wait for a mapper"));
        };
        let answer = match timeout(TIMEOUT, self.ask(&request)).await {
            Err(_) => return Err(MapperError::Failed("no result in time".into())),
            Ok(answer) => answer?,
        };
        match serde_json::from_slice(&answer).map_err(|_| NOT_JSON)? {
            Answer::Claims(claims) => Ok(claims),
            Answer::Error(problem) => Err(MapperError::Failed(problem.into())),
        }
    }

    /// Asks an idle process, or a new one if there is none, or if the idle one has died.
    async fn ask(&self, request: &[u8]) -> Result<Vec<u8>, MapperError> {
        let idle = self.idle().pop();
        if let Some(worker) = idle
            && let Ok(answer) = self.ask_worker(worker, request).await
        {
            return Ok(answer);
        }
        let worker = Worker::start(&self.program)
            .map_err(|_| MapperError::Unavailable("failed to start a process"))?;
        let answer = self.ask_worker(worker, request).await;
        answer.map_err(|_| MapperError::Failed("a limit was exceeded".into()))
    }

    /// A process that does not answer has ended, or ends now.
    async fn ask_worker(&self, mut worker: Worker, request: &[u8]) -> io::Result<Vec<u8>> {
        let answer = worker.ask(request).await?;
        self.idle().push(worker);
        Ok(answer)
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Worker>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Worker {
    /// The process gets no secrets: neither the environment nor open files.
    fn start(program: &Path) -> io::Result<Self> {
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
        Ok(Self { _process: process, input, output })
    }

    async fn ask(&mut self, request: &[u8]) -> io::Result<Vec<u8>> {
        let length = u32::try_from(request.len()).map_err(io::Error::other)?;
        if length > MAX_MESSAGE {
            return Err(io::Error::other("too long"));
        }
        self.input.write_u32(length).await?;
        self.input.write_all(request).await?;
        self.input.flush().await?;
        let length = self.output.read_u32().await?.min(MAX_MESSAGE);
        let mut answer = vec![0; usize::try_from(length).map_err(io::Error::other)?];
        self.output.read_exact(&mut answer).await?;
        Ok(answer)
    }
}
