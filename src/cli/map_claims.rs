//! `elsewhere map-claims`: runs Jsonnet for the service, which starts this process itself.

use std::io;

use elsewhere::tokenizer::mapper_process;
use tokio::runtime::Builder;
use tokio::signal::unix::{SignalKind, signal};

use crate::cli::CliError;

pub(super) fn run(is_check: bool) -> Result<(), CliError> {
    // Terminals and systemd also send the service's signals to this process. It ends with its
    // input, so that requests in flight are answered.
    let runtime = Builder::new_current_thread().enable_io().build()?;
    let _context = runtime.enter();
    let signals = [SignalKind::terminate(), SignalKind::interrupt(), SignalKind::hangup()];
    let _caught = signals.map(signal);
    let input = io::stdin().lock();
    let done = if is_check {
        mapper_process::check(input)
    } else {
        mapper_process::serve(input, io::stdout().lock())
    };
    Ok(done?)
}
