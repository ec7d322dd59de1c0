//! `elsewhere prune`: deletes sessions that ended long ago.

use std::io::{self, IsTerminal as _, Write as _};

use elsewhere::clock::Clock;
use elsewhere::config::Config;
use elsewhere::{database, maintenance};

use crate::cli::CliError;

pub(super) async fn run(config: &Config, dry_run: bool) -> Result<(), CliError> {
    let repository = database::open_for_command(config).await?;
    let before = Clock::system().now() - config.session.retention;
    let verb = if dry_run { "would be deleted" } else { "deleted" };
    let shows_progress = io::stderr().is_terminal();
    let progress = |sessions| {
        if shows_progress {
            // Pruning goes on if the terminal is closed.
            let _ = write!(io::stderr(), "\r{sessions} sessions {verb} …");
        }
    };
    let sessions = maintenance::prune(repository.as_ref(), before, dry_run, progress).await;
    repository.close().await;
    let sessions = sessions?;
    if shows_progress {
        eprintln!();
    }
    println!("{sessions} sessions {verb}");
    Ok(())
}
