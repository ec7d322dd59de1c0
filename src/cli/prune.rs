//! `elsewhere prune`: deletes sessions that ended long ago.

use std::io::{self, IsTerminal as _, Write as _};

use elsewhere::clock::Clock;
use elsewhere::config::Config;
use elsewhere::service::PruneWalk;

use crate::cli::{CliError, open_service};

pub(super) async fn run(config: &Config, dry_run: bool) -> Result<(), CliError> {
    let service = open_service(config).await?;
    let before = Clock::system().now() - config.session.retention;
    let verb = if dry_run { "would be deleted" } else { "deleted" };
    let shows_progress = io::stderr().is_terminal();
    let progress = |sessions| {
        if shows_progress {
            // Pruning goes on if the terminal is closed.
            let _ = write!(io::stderr(), "\r{sessions} sessions {verb} …");
        }
    };
    let sessions = service.prune(&mut PruneWalk::default(), before, dry_run, progress).await;
    service.close().await;
    let sessions = sessions?;
    if shows_progress {
        eprintln!();
    }
    println!("{sessions} sessions {verb}");
    Ok(())
}
