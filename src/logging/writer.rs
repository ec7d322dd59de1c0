//! Where log lines go: to standard error, by a [`Queue`] or directly.

use std::io::{self, Write};
use std::thread;
use std::time::Duration;

use tracing::Metadata;
use tracing_subscriber::fmt::MakeWriter;

use crate::audit;
use crate::logging::queue::{Counts, Kind, Queue};

/// Standard error, of which a process has one.
static QUEUE: Queue = Queue::new();
/// How long the end waits for a reader.
const FLUSH_TIMEOUT: Duration = Duration::from_secs(1);
/// Of the line that tells what was dropped, for which there has to be room.
const REPORTS: &str = "elsewhere::logging";

#[derive(Debug, Clone, Copy)]
pub(super) enum Output {
    /// Waits for its reader, as who runs a command does, too.
    Direct,
    /// For a service, which waits for nobody.
    Queued,
}

/// Flushes the queue when it is dropped.
#[derive(Debug)]
pub(super) struct Flush;

impl Drop for Flush {
    fn drop(&mut self) {
        QUEUE.flush(FLUSH_TIMEOUT);
    }
}

/// Starts the thread that writes what is queued.
pub(super) fn start() -> io::Result<Flush> {
    let tell = |dropped: Counts| {
        let Counts { ordinary, audit } = dropped;
        tracing::error!(target: REPORTS, ordinary, audit, "dropped log lines: nobody read them");
    };
    let write = move || QUEUE.write_to(io::stderr(), tell);
    thread::Builder::new().name("log".to_owned()).spawn(write).map(|_| Flush)
}

/// How many lines were dropped since the start.
pub(crate) fn dropped() -> Counts {
    QUEUE.dropped()
}

/// For one line.
pub(super) enum Line {
    Direct(io::Stderr),
    Queued(Kind),
}

impl<'a> MakeWriter<'a> for Output {
    type Writer = Line;

    fn make_writer(&'a self) -> Line {
        match self {
            Self::Direct => Line::Direct(io::stderr()),
            Self::Queued => Line::Queued(Kind::Ordinary),
        }
    }

    fn make_writer_for(&'a self, line: &Metadata<'_>) -> Line {
        match self {
            Self::Queued if matches!(line.target(), audit::TARGET | REPORTS) => {
                Line::Queued(Kind::Audit)
            }
            _ => self.make_writer(),
        }
    }
}

impl Write for Line {
    /// Gets each line whole.
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        match self {
            Self::Direct(stderr) => stderr.write(line),
            Self::Queued(kind) => {
                QUEUE.push(*kind, line);
                Ok(line.len())
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
