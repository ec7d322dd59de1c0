//! Writes log lines to standard error, through a [`Queue`] or directly.

use std::io::{self, Write};
use std::thread;
use std::time::Duration;

use tracing::Metadata;
use tracing_subscriber::fmt::MakeWriter;

use crate::logging::queue::{Counts, Kind, Queue};

/// One queue per process, because a process has one standard error.
static QUEUE: Queue = Queue::new();
/// The time that shutdown waits for the reader of standard error.
const FLUSH_TIMEOUT: Duration = Duration::from_secs(1);
/// The target of audit records, which are written whatever else is logged.
pub(crate) const AUDIT_TARGET: &str = "audit";
/// The target of the line that reports dropped lines. It uses the audit reserve.
const REPORTS: &str = "elsewhere::logging";

#[derive(Debug, Clone, Copy)]
pub(super) enum Output {
    /// Waits for the reader. For commands that a person runs.
    Direct,
    /// Does not wait for the reader. For the service.
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

/// Starts the thread that writes queued lines.
pub(super) fn start() -> io::Result<Flush> {
    let report = |dropped: Counts| {
        let Counts { ordinary, audit } = dropped;
        tracing::error!(target: REPORTS, ordinary, audit, "dropped log lines: the reader stalled");
    };
    let write = move || QUEUE.write_to(io::stderr(), report);
    thread::Builder::new().name("log".to_owned()).spawn(write).map(|_| Flush)
}

/// The lines dropped since the start.
pub(crate) fn dropped() -> Counts {
    QUEUE.dropped()
}

/// The writer of one line.
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
            Self::Queued if matches!(line.target(), AUDIT_TARGET | REPORTS) => {
                Line::Queued(Kind::Audit)
            }
            _ => self.make_writer(),
        }
    }
}

impl Write for Line {
    /// Is called with whole lines.
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
