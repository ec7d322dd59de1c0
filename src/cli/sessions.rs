//! `elsewhere sessions list` and `elsewhere sessions revoke`: for operators, without a running
//! service.

mod table;

use std::io::{self, BufRead as _, IsTerminal as _, Write as _};

use clap::{Args, Subcommand};
use elsewhere::clock::Clock;
use elsewhere::logging;
use elsewhere::repository::Filter;
use elsewhere::service::{Actor, SessionService};
use elsewhere::stored_session::StoredSession;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::cli::{CliError, Settings, open_service};

/// The reason in audit records.
const REASON: &str = "revoked";

#[derive(Subcommand)]
pub(super) enum Command {
    /// List the live sessions of an identity
    List {
        #[command(flatten)]
        settings: Settings,
        #[command(flatten)]
        who: Who,
        /// Include sessions that have ended
        #[arg(long)]
        all: bool,
        /// Print one JSON array
        #[arg(long)]
        json: bool,
    },
    /// Revoke sessions by their ids, or all sessions of an identity
    Revoke {
        #[command(flatten)]
        settings: Settings,
        /// Ids of the sessions to revoke
        #[arg(
            value_name = "SESSION",
            conflicts_with = "identity",
            required_unless_present = "identity"
        )]
        sessions: Vec<Uuid>,
        /// Revoke all sessions of this identity
        #[arg(long, value_name = "ID")]
        identity: Option<Uuid>,
        /// Do not ask before more than one session is revoked
        #[arg(long)]
        yes: bool,
        /// Print the number of revoked sessions as JSON
        #[arg(long)]
        json: bool,
    },
}

#[derive(Args)]
#[group(required = true, multiple = false)]
pub(super) struct Who {
    /// The identity's id
    #[arg(long, value_name = "ID")]
    identity: Option<Uuid>,
    /// The identity's e-mail address
    #[arg(long, value_name = "ADDRESS")]
    email: Option<String>,
}

pub(super) async fn run(command: Command) -> Result<(), CliError> {
    let now = Clock::system().now();
    match command {
        Command::List { settings, who, all, json } => {
            let service = open_service(&settings.load()?).await?;
            let found = find(&service, who, all, now).await;
            service.close().await;
            let sessions = found?;
            if json { table::print_json(&sessions, now) } else { table::print(&sessions, now) }
        }
        Command::Revoke { settings, sessions, identity, yes, json } => {
            let config = settings.load()?;
            let _logging = logging::start_for_command(&config)?;
            let service = open_service(&config).await?;
            let revoked = match identity {
                Some(identity) => revoke_all_of(&service, identity, yes, now).await,
                None => revoke_each(&service, &sessions, yes, now).await,
            };
            service.close().await;
            let revoked = revoked?;
            if json {
                println!("{{\"ended\":{revoked}}}");
            } else {
                println!("{revoked} sessions revoked");
            }
            Ok(())
        }
    }
}

async fn find(
    service: &SessionService,
    who: Who,
    all: bool,
    now: OffsetDateTime,
) -> Result<Vec<StoredSession>, CliError> {
    let identities = match (who.identity, who.email) {
        (Some(identity), _) => vec![identity],
        (None, email) => service.find_by_email(&email.unwrap_or_default()).await?,
    };
    let mut found = Vec::new();
    for identity in identities {
        let filter = Filter { identity: Some(identity), live: (!all).then_some(true) };
        found.extend(service.list_all(filter, now).await?);
    }
    Ok(found)
}

async fn revoke_each(
    service: &SessionService,
    sessions: &[Uuid],
    yes: bool,
    now: OffsetDateTime,
) -> Result<u64, CliError> {
    if sessions.len() > 1 {
        confirm(sessions.len() as u64, yes)?;
    }
    Ok(service.revoke_each(Actor::CommandLine, REASON, sessions, now).await?)
}

async fn revoke_all_of(
    service: &SessionService,
    identity: Uuid,
    yes: bool,
    now: OffsetDateTime,
) -> Result<u64, CliError> {
    let filter = Filter { identity: Some(identity), live: Some(true) };
    let sessions = service.count_sessions(filter, now).await?;
    if sessions > 1 {
        confirm(sessions, yes)?;
    }
    Ok(service.revoke_all_of(Actor::CommandLine, REASON, identity, now).await?)
}

/// Asks on the terminal. Without a terminal, `--yes` is required.
fn confirm(sessions: u64, yes: bool) -> Result<(), CliError> {
    if yes {
        return Ok(());
    }
    if !io::stdin().is_terminal() {
        let problem = format!("{sessions} sessions would be revoked; add --yes to revoke them");
        return Err(CliError::Usage(problem));
    }
    write!(io::stderr(), "Revoke {sessions} sessions? [y/N] ")?;
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer)?;
    if matches!(answer.trim(), "y" | "Y" | "yes") {
        Ok(())
    } else {
        Err(CliError::Failed("nothing was revoked".to_owned()))
    }
}
