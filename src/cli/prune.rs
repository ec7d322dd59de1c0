//! `elsewhere prune`: deletes sessions that ended long ago.

use std::io::{self, IsTerminal as _, Write as _};

use elsewhere::clock::Clock;
use elsewhere::config::Config;
use elsewhere::service::PruneWalk;
use serde_json::json;

use crate::cli::output::{count, print_json, print_line};
use crate::cli::{CliError, open_service};

pub(super) async fn run(config: &Config, dry_run: bool, json: bool) -> Result<(), CliError> {
    let service = open_service(config).await?;
    let now = Clock::system().now();
    let before = now - config.session.retention;
    let verb = if dry_run { "would be deleted" } else { "deleted" };
    let shows_progress = io::stderr().is_terminal();
    let progress = |sessions| {
        if shows_progress {
            // Pruning goes on if the terminal is closed.
            let _ = write!(io::stderr(), "\r{} {verb} …", count(sessions, "session"));
        }
    };
    let sessions = service.prune(&mut PruneWalk::default(), before, now, dry_run, progress).await;
    service.close().await;
    let sessions = sessions?;
    if shows_progress {
        let _ = writeln!(io::stderr());
    }
    if json {
        return print_json(&json!({"sessions": sessions, "dry_run": dry_run}));
    }
    print_line(format_args!("{} {verb}", count(sessions, "session")))
}
