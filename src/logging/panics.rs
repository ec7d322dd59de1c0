//! Panics as log lines, without the values that a panic message may quote.

use std::any::Any;
use std::backtrace::{Backtrace, BacktraceStatus};
use std::io::{self, Write as _};
use std::panic::{self, PanicHookInfo};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

const WRITE_TIMEOUT: Duration = Duration::from_secs(1);

/// Logs panics, instead of Rust's own lines on standard error. Call it once, from the
/// program.
pub fn log_panics() {
    panic::set_hook(Box::new(|panic| {
        let (place, text) = (place(panic), text(panic.payload()));
        if tracing::dispatcher::has_been_set() {
            let backtrace = Backtrace::capture();
            let is_wanted = backtrace.status() == BacktraceStatus::Captured;
            let backtrace = is_wanted.then(|| tracing::field::display(backtrace));
            tracing::error!(place, text, backtrace, "panicked");
        } else {
            print_error(&format!("panicked at {place}: {text}"));
        }
    }));
}

fn place(panic: &PanicHookInfo<'_>) -> String {
    panic.location().map(ToString::to_string).unwrap_or_default()
}

/// The panic message if it is a literal in the code. Formatted messages may contain values.
pub(crate) fn text(panic: &(dyn Any + Send)) -> &'static str {
    panic.downcast_ref::<&'static str>().copied().unwrap_or("withheld, as it may contain values")
}

/// Writes a line about the program to standard error. Gives up after [`WRITE_TIMEOUT`] if
/// the reader stalls.
pub fn print_error(line: &str) {
    let line = format!("elsewhere: {line}\n");
    let (done, is_done) = mpsc::channel();
    let write = move || {
        let _ = io::stderr().write_all(line.as_bytes());
        let _ = done.send(());
    };
    if thread::Builder::new().spawn(write).is_ok() {
        let _ = is_done.recv_timeout(WRITE_TIMEOUT);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_literal_message_is_shown() {
        let literal = panic::catch_unwind(|| panic!("a literal")).unwrap_err();
        assert_eq!(text(&*literal), "a literal");
        let value = "someone@example.org";
        let formatted = panic::catch_unwind(|| panic!("found {value}")).unwrap_err();
        assert_eq!(text(&*formatted), "withheld, as it may contain values");
    }
}
