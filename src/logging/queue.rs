//! Log lines on their way to standard error. Nobody waits for who reads there: lines are
//! queued, and a thread of its own writes them. The queue is bounded. When it is full,
//! ordinary lines are dropped; audit records have a reserve that only they may use. What
//! is dropped is counted, and told in a line once lines go out again.

use std::io::{self, ErrorKind, Write};
use std::mem;
use std::ops::AddAssign;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

/// In bytes: four thousand lines of requests.
const ROOM: usize = 1 << 20;
/// In bytes, beyond that: ten thousand audit records.
const AUDIT_RESERVE: usize = 4 << 20;
/// For the line that tells how many were dropped.
const REPORT: usize = 1 << 10;
/// After each write, so that lines gather: to wake the thread for each costs as much as
/// to write each.
const GATHER_TIME: Duration = Duration::from_millis(5);
/// Written at a time; after it there is as much room again.
const CHUNK: usize = 1 << 14;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Ordinary,
    Audit,
}

/// How many lines of each kind.
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

/// Lines one after another, and how many there are.
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
    /// Whether a batch is taken, and not done with.
    is_busy: bool,
    /// Whether the thread has to be woken by the next line.
    is_asleep: bool,
    is_flushing: bool,
    dropped: Counts,
    /// What of these no line has told yet.
    untold: Counts,
}

pub(super) struct Queue {
    state: Mutex<State>,
    /// There is something to do for the thread.
    work: Condvar,
    /// All is written.
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
            untold: Counts::NONE,
        };
        Self { state: Mutex::new(state), work: Condvar::new(), done: Condvar::new() }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a whole line, or drops it where there is no room. Does not wait.
    pub(super) fn push(&self, kind: Kind, line: &[u8]) {
        let mut state = self.lock();
        let room = match kind {
            Kind::Ordinary => ROOM,
            Kind::Audit => ROOM + AUDIT_RESERVE,
        };
        if state.writing + state.queued.bytes.len() + line.len() > room {
            state.dropped.count(kind);
            state.untold.count(kind);
            return;
        }
        state.queued.bytes.extend_from_slice(line);
        state.queued.lines.count(kind);
        if mem::take(&mut state.is_asleep) {
            drop(state);
            self.work.notify_one();
        }
    }

    /// How many lines were dropped since the start.
    pub(super) fn dropped(&self) -> Counts {
        self.lock().dropped
    }

    /// Waits until all lines are written, for so long at most.
    pub(super) fn flush(&self, longest: Duration) {
        let mut state = self.lock();
        state.is_flushing = true;
        self.work.notify_one();
        let is_left = |state: &mut State| state.is_busy || !state.queued.bytes.is_empty();
        let waited = self.done.wait_timeout_while(state, longest, is_left);
        waited.unwrap_or_else(PoisonError::into_inner).0.is_flushing = false;
    }

    /// Writes lines to `output` for ever. `tell` logs what was dropped.
    pub(super) fn write_to(&self, mut output: impl Write, tell: impl Fn(Counts)) {
        let mut batch = Batch::EMPTY;
        loop {
            self.take(&mut batch);
            match self.write(&mut output, &batch.bytes) {
                Ok(()) => {
                    if let Some(dropped) = self.take_untold() {
                        tell(dropped);
                    }
                }
                // Standard error is closed: the lines are lost.
                Err(_) => self.lose(batch.lines),
            }
        }
    }

    /// Takes all lines that are queued, once there are any.
    fn take(&self, batch: &mut Batch) {
        // Not more memory than usual is kept.
        batch.bytes.clear();
        batch.bytes.shrink_to(CHUNK);
        batch.lines = Counts::NONE;
        let mut state = self.lock();
        state.is_busy = false;
        if state.queued.bytes.is_empty() {
            self.done.notify_all();
        }
        let is_to_pause = |state: &mut State| !state.is_flushing;
        let paused = self.work.wait_timeout_while(state, GATHER_TIME, is_to_pause);
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
                // Somebody else who has it, too, has set it so.
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
        state.untold += lines;
    }

    fn take_untold(&self) -> Option<Counts> {
        let mut state = self.lock();
        let has_room = state.queued.bytes.len() + REPORT <= ROOM + AUDIT_RESERVE;
        let untold = if has_room { mem::take(&mut state.untold) } else { Counts::NONE };
        (untold != Counts::NONE).then_some(untold)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: [u8; 1024] = [b'x'; 1024];

    #[test]
    fn ordinary_lines_are_dropped_first_and_audit_records_beyond_their_reserve() {
        let queue = Queue::new();
        let fitting = (ROOM / LINE.len()) as u64;
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
        // What is being written takes room, until it is written.
        let mut batch = Batch::EMPTY;
        queue.take(&mut batch);
        queue.push(Kind::Audit, &LINE);
        assert_eq!(queue.dropped().audit, 2);
        queue.write(&mut Vec::new(), &batch.bytes).unwrap();
        assert_eq!(batch.lines, Counts { ordinary: fitting, audit: reserved });
        queue.push(Kind::Ordinary, &LINE);
        assert_eq!(queue.dropped(), Counts { ordinary: 4, audit: 2 });
        assert_eq!(queue.take_untold(), Some(Counts { ordinary: 4, audit: 2 }));
        assert_eq!(queue.take_untold(), None);
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
