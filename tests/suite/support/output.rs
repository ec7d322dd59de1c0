//! The output of programs, read with a limit.

use std::io::{BufRead as _, BufReader, Read};
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc::{IntoIter, Receiver, RecvTimeoutError, channel, sync_channel};
use std::time::Instant;

use crate::support::wait::{WORK_LIMIT, poll};

pub trait OutputInTime {
    /// Waits for the end of the program, and returns what it has written to its pipes. Kills the
    /// program and panics if it does not end.
    fn output_in_time(self) -> Output;
}

/// Starts the program without input, and with pipes for its output.
impl OutputInTime for &mut Command {
    #[track_caller]
    fn output_in_time(self) -> Output {
        self.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let child = self.spawn().unwrap();
        output(child, &format!("{self:?}"))
    }
}

impl OutputInTime for Child {
    #[track_caller]
    fn output_in_time(self) -> Output {
        let name = format!("process {}", self.id());
        output(self, &name)
    }
}

#[track_caller]
fn output(mut child: Child, name: &str) -> Output {
    drop(child.stdin.take());
    let (stdout, stderr) = (child.stdout.take().map(read), child.stderr.take().map(read));
    let Ok(status) = poll(WORK_LIMIT, || child.try_wait().unwrap().ok_or(())) else {
        let _ = child.kill();
        panic!("not within {WORK_LIMIT:?}: the end of {name}")
    };
    let received = |bytes: Option<Receiver<Vec<u8>>>| {
        // A process that it has started may hold the pipe open.
        let bytes = bytes.map(|bytes| bytes.recv_timeout(WORK_LIMIT));
        bytes.map_or(Vec::new(), |bytes| bytes.unwrap_or_else(|_| panic!("{name} left a pipe")))
    };
    Output { status, stdout: received(stdout), stderr: received(stderr) }
}

/// Reads in a thread, so that the program never waits for its reader.
fn read(mut stream: impl Read + Send + 'static) -> Receiver<Vec<u8>> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        let _ = stream.read_to_end(&mut bytes);
        let _ = sender.send(bytes);
    });
    receiver
}

/// The lines that a running program writes. Panics if they neither end nor show what a test looks
/// for.
pub struct Lines {
    receiver: Receiver<String>,
    deadline: Instant,
    last: String,
}

impl Lines {
    /// Each line is read when it is asked for, so that a test may let the pipe fill.
    pub fn of(stream: impl Read + Send + 'static) -> Self {
        let (sender, receiver) = sync_channel(0);
        std::thread::spawn(move || {
            let lines = BufReader::new(stream).lines().map_while(Result::ok);
            // Ends when nobody reads any more.
            lines.map(|line| sender.send(line)).take_while(Result::is_ok).for_each(drop);
        });
        Self { receiver, deadline: Instant::now() + WORK_LIMIT, last: String::new() }
    }

    /// All lines, without a limit: for a thread that reads until the program ends.
    pub fn until_closed(self) -> IntoIter<String> {
        self.receiver.into_iter()
    }
}

impl Iterator for Lines {
    type Item = String;

    fn next(&mut self) -> Option<String> {
        let left = self.deadline.saturating_duration_since(Instant::now());
        match self.receiver.recv_timeout(left) {
            Ok(line) => {
                self.last.clone_from(&line);
                Some(line)
            }
            Err(RecvTimeoutError::Disconnected) => None,
            Err(RecvTimeoutError::Timeout) => {
                panic!("not within {WORK_LIMIT:?}: another line than {:?}", self.last)
            }
        }
    }
}
