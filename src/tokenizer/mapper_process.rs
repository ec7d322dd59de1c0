//! The process in which mappers run, because Jsonnet has no limit of time or memory inside.
//!
//! The process writes an empty message once it is ready. Then it reads requests and writes answers.
//! Each message is a length of four bytes (big-endian) and JSON. The process ends when its input
//! ends, or when an evaluation exceeds a limit.

use std::io;
use std::io::{Read, Write};
use std::sync::mpsc;
use std::sync::mpsc::RecvTimeoutError;
use std::thread;
use std::time::Duration;

use rlimit::{Resource, setrlimit};
use rustix::time::{ClockId, clock_gettime};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::tokenizer::jsonnet;

/// The processor time of one evaluation. It does not depend on the load of the machine.
const MAX_TIME: Duration = Duration::from_millis(80);

/// The interval at which that time is measured.
const CHECK_INTERVAL: Duration = Duration::from_millis(2);

/// The memory of the process. An allocation beyond it ends the process.
const MAX_MEMORY: u64 = 64 * 1024 * 1024;

/// The stack for parsing, which is recursive. The evaluation has a limit of calls instead.
const STACK: usize = 8 * 1024 * 1024;

/// The maximum length of a request or an answer.
pub(super) const MAX_MESSAGE: u32 = 8 * 1024 * 1024;

/// The claims, or the reason why there are none.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Answer {
    Claims(Map<String, Value>),
    Error(String),
    /// The process ends.
    TimeIsUp,
}

/// Serves requests until the input ends, or one takes too long.
pub fn serve(mut input: impl Read, mut output: impl Write) -> io::Result<()> {
    limit_process()?;
    write_message(&mut output, &[])?;
    while let Some(request) = read_message(&mut input)? {
        let request: jsonnet::Input = serde_json::from_slice(&request)?;
        let claims = in_time(move || jsonnet::claims(&request))?;
        let answer = match claims {
            None => Answer::TimeIsUp,
            Some(Ok(claims)) => Answer::Claims(claims),
            Some(Err(problem)) => Answer::Error(problem.to_owned()),
        };
        write_message(&mut output, &serde_json::to_vec(&answer)?)?;
        if let Answer::TimeIsUp = answer {
            break;
        }
    }
    Ok(())
}

/// Reads a mapper from the input, and fails if it is not valid Jsonnet.
pub fn check(mut input: impl Read) -> io::Result<()> {
    limit_process()?;
    let mut source = String::new();
    input.read_to_string(&mut source)?;
    let is_valid = in_time(move || jsonnet::is_valid(&source))?;
    if is_valid == Some(true) { Ok(()) } else { Err(io::Error::other("not valid Jsonnet")) }
}

fn limit_process() -> io::Result<()> {
    setrlimit(Resource::DATA, MAX_MEMORY, MAX_MEMORY)?;
    setrlimit(Resource::CORE, 0, 0)
}

fn read_message(input: &mut impl Read) -> io::Result<Option<Vec<u8>>> {
    let mut length = [0; 4];
    match input.read_exact(&mut length) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        read => read?,
    }
    let length = u32::from_be_bytes(length).min(MAX_MESSAGE);
    let mut message = vec![0; usize::try_from(length).map_err(io::Error::other)?];
    input.read_exact(&mut message)?;
    Ok(Some(message))
}

fn write_message(output: &mut impl Write, message: &[u8]) -> io::Result<()> {
    output.write_all(&u32::try_from(message.len()).map_err(io::Error::other)?.to_be_bytes())?;
    output.write_all(message)?;
    output.flush()
}

/// Works in a thread. `None` if that takes too long. Nothing but the end of the process can stop
/// the thread then.
fn in_time<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> io::Result<Option<T>> {
    let (sender, receiver) = mpsc::channel();
    let until = processor_time() + MAX_TIME;
    thread::Builder::new().stack_size(STACK).spawn(move || {
        let _ = sender.send(work());
    })?;
    loop {
        match receiver.recv_timeout(CHECK_INTERVAL) {
            Ok(result) => return Ok(Some(result)),
            Err(RecvTimeoutError::Timeout) if processor_time() < until => {}
            // Too late, or the thread panicked.
            Err(_) => return Ok(None),
        }
    }
}

/// The processor time of this process.
fn processor_time() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::try_from(time).unwrap_or_default()
}
