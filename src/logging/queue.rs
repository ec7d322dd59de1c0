//! The queue of log lines for standard error. A separate thread writes the lines, so that no
//! caller waits for the reader. The queue is bounded. If it is full, ordinary lines are
//! dropped; audit records have a reserve of their own. Dropped lines are counted, and reported
//! in a line once writing succeeds again.

use std::io::{self, ErrorKind, Write};
use std::mem;
use std::ops::AddAssign;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

/// In bytes: about four thousand request lines.
const CAPACITY: usize = 1 << 20;
/// In bytes, in addition to [`CAPACITY`]: about ten thousand audit records.
const AUDIT_RESERVE: usize = 4 << 20;
/// In bytes: room for the line that reports dropped lines.
const REPORT_SIZE: usize = 1 << 10;
/// The pause after each write, in which lines accumulate. Waking the thread for each line
/// would cost as much as writing each line.
const GATHER_TIME: Duration = Duration::from_millis(5);
/// In bytes: the size of one write. Each write frees that much of the queue.
const CHUNK: usize = 1 << 14;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Ordinary,
    Audit,
}

/// The number of lines of each kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub ordinary: u64,
    pub audit: u64,
}

impl Counts {
    const NONE: Self = Self { ordinary: 0, audit: 0 };

    fn count(&mut self, kind: Kind) {
        match kind {
            Kind::Ordinary => self.ordinary += 1,
            Kind::Audit => self.audit += 1,
        }
    }
}

impl AddAssign for Counts {
    fn add_assign(&mut self, more: Self) {
        self.ordinary += more.ordinary;
        self.audit += more.audit;
    }
}

/// Concatenated lines and their number.
struct Batch {
    bytes: Vec<u8>,
    lines: Counts,
}

impl Batch {
    const EMPTY: Self = Self { bytes: Vec::new(), lines: Counts::NONE };
}

struct State {
    queued: Batch,
    /// Bytes of the batch that is being written.
    writing: usize,
    /// True while a batch is taken and not finished.
    is_busy: bool,
    /// True if the next line has to wake the thread.
    is_asleep: bool,
    is_flushing: bool,
    dropped: Counts,
    /// The dropped lines that are not reported yet.
    unreported: Counts,
}

pub(super) struct Queue {
    state: Mutex<State>,
    /// Signals work for the thread.
    work: Condvar,
    /// Signals that all lines are written.
    done: Condvar,
}

impl Queue {
    pub(super) const fn new() -> Self {
        let state = State {
            queued: Batch::EMPTY,
            writing: 0,
            is_busy: false,
            is_asleep: false,
            is_flushing: false,
            dropped: Counts::NONE,
            unreported: Counts::NONE,
        };
        Self { state: Mutex::new(state), work: Condvar::new(), done: Condvar::new() }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a whole line, or drops it if the queue is full. Does not wait.
    pub(super) fn push(&self, kind: Kind, line: &[u8]) {
        let mut state = self.lock();
        let capacity = match kind {
            Kind::Ordinary => CAPACITY,
            Kind::Audit => CAPACITY + AUDIT_RESERVE,
        };
        if state.writing + state.queued.bytes.len() + line.len() > capacity {
            state.dropped.count(kind);
            state.unreported.count(kind);
            return;
        }
        state.queued.bytes.extend_from_slice(line);
        state.queued.lines.count(kind);
        if mem::take(&mut state.is_asleep) {
            drop(state);
            self.work.notify_one();
        }
    }

    /// The lines dropped since the start.
    pub(super) fn dropped(&self) -> Counts {
        self.lock().dropped
    }

    /// Waits until all lines are written, or `timeout` has passed.
    pub(super) fn flush(&self, timeout: Duration) {
        let mut state = self.lock();
        state.is_flushing = true;
        self.work.notify_one();
        let is_left = |state: &mut State| state.is_busy || !state.queued.bytes.is_empty();
        let waited = self.done.wait_timeout_while(state, timeout, is_left);
        waited.unwrap_or_else(PoisonError::into_inner).0.is_flushing = false;
    }

    /// Writes lines to `output`. Never returns. `report` logs the dropped lines.
    pub(super) fn write_to(&self, mut output: impl Write, report: impl Fn(Counts)) {
        let mut batch = Batch::EMPTY;
        loop {
            self.take(&mut batch);
            match self.write(&mut output, &batch.bytes) {
                Ok(()) => {
                    if let Some(dropped) = self.take_unreported() {
                        report(dropped);
                    }
                }
                // Standard error is closed: the lines are lost.
                Err(_) => self.lose(batch.lines),
            }
        }
    }

    /// Takes all queued lines. Waits until there are any.
    fn take(&self, batch: &mut Batch) {
        // Release the memory of an unusually large batch.
        batch.bytes.clear();
        batch.bytes.shrink_to(CHUNK);
        batch.lines = Counts::NONE;
        let mut state = self.lock();
        state.is_busy = false;
        if state.queued.bytes.is_empty() {
            self.done.notify_all();
        }
        let is_pausing = |state: &mut State| !state.is_flushing;
        let paused = self.work.wait_timeout_while(state, GATHER_TIME, is_pausing);
        state = paused.unwrap_or_else(PoisonError::into_inner).0;
        while state.queued.bytes.is_empty() {
            state.is_asleep = true;
            state = self.work.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state.is_asleep = false;
        state.is_busy = true;
        state.writing = state.queued.bytes.len();
        mem::swap(&mut state.queued, batch);
    }

    fn write(&self, output: &mut impl Write, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            match output.write(&bytes[..bytes.len().min(CHUNK)]) {
                Ok(0) => return Err(ErrorKind::WriteZero.into()),
                Ok(written) => bytes = &bytes[written..],
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                // Another process that shares the file description made it non-blocking.
                Err(error) if error.kind() == ErrorKind::WouldBlock => thread::sleep(GATHER_TIME),
                Err(error) => return Err(error),
            }
            self.lock().writing = bytes.len();
        }
        Ok(())
    }

    fn lose(&self, lines: Counts) {
        let mut state = self.lock();
        state.writing = 0;
        state.dropped += lines;
        state.unreported += lines;
    }

    fn take_unreported(&self) -> Option<Counts> {
        let mut state = self.lock();
        let has_room = state.queued.bytes.len() + REPORT_SIZE <= CAPACITY + AUDIT_RESERVE;
        let unreported = if has_room { mem::take(&mut state.unreported) } else { Counts::NONE };
        (unreported != Counts::NONE).then_some(unreported)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: [u8; 1024] = [b'x'; 1024];

    #[test]
    fn ordinary_lines_are_dropped_first_and_audit_records_beyond_their_reserve() {
        let queue = Queue::new();
        let fitting = (CAPACITY / LINE.len()) as u64;
        for _ in 0..fitting + 3 {
            queue.push(Kind::Ordinary, &LINE);
        }
        assert_eq!(queue.dropped(), Counts { ordinary: 3, audit: 0 });
        let reserved = (AUDIT_RESERVE / LINE.len()) as u64;
        for _ in 0..reserved {
            queue.push(Kind::Audit, &LINE);
        }
        assert_eq!(queue.dropped(), Counts { ordinary: 3, audit: 0 });
        queue.push(Kind::Audit, &LINE);
        queue.push(Kind::Ordinary, &LINE);
        assert_eq!(queue.dropped(), Counts { ordinary: 4, audit: 1 });
        // A batch counts against the capacity until it is written.
        let mut batch = Batch::EMPTY;
        queue.take(&mut batch);
        queue.push(Kind::Audit, &LINE);
        assert_eq!(queue.dropped().audit, 2);
        queue.write(&mut Vec::new(), &batch.bytes).unwrap();
        assert_eq!(batch.lines, Counts { ordinary: fitting, audit: reserved });
        queue.push(Kind::Ordinary, &LINE);
        assert_eq!(queue.dropped(), Counts { ordinary: 4, audit: 2 });
        assert_eq!(queue.take_unreported(), Some(Counts { ordinary: 4, audit: 2 }));
        assert_eq!(queue.take_unreported(), None);
    }

    #[test]
    fn lines_that_cannot_be_written_are_counted() {
        struct Closed;
        impl Write for Closed {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(ErrorKind::BrokenPipe.into())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        static QUEUE: Queue = Queue::new();
        thread::spawn(|| QUEUE.write_to(Closed, |_| unreachable!()));
        QUEUE.push(Kind::Ordinary, &LINE);
        QUEUE.push(Kind::Audit, &LINE);
        QUEUE.flush(Duration::from_mins(1));
        assert_eq!(QUEUE.dropped(), Counts { ordinary: 1, audit: 1 });
    }
}
