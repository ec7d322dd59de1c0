//! `elsewhere sessions list` and `elsewhere sessions revoke`: for operators, without a running
//! service.

mod table;

use std::io::{self, BufRead as _, IsTerminal as _, Write as _};
use std::sync::Arc;

use clap::{Args, Subcommand};
use elsewhere::activity::ActivityTracker;
use elsewhere::audit::{Actor, Audit, AuditContext, Event};
use elsewhere::clock::Clock;
use elsewhere::config::Config;
use elsewhere::pagination::{Cursor, PageRequest, PageSize};
use elsewhere::repository::{Filter, IdBatch, Selection, SessionRepository};
use elsewhere::stored_session::StoredSession;
use elsewhere::{database, logging};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::cli::{CliError, Settings};

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
            let config = settings.load()?;
            let repository = database::open_for_command(&config).await?;
            let found = find(&config, &repository, who, all, now).await;
            repository.close().await;
            let sessions = found?;
            if json { table::print_json(&sessions, now) } else { table::print(&sessions, now) }
        }
        Command::Revoke { settings, sessions, identity, yes, json } => {
            let config = settings.load()?;
            let _logging = logging::start_for_command(&config)?;
            let repository = database::open_for_command(&config).await?;
            let audit = Audit::new(&config.audit, None);
            let revoked = match identity {
                Some(identity) => revoke_of(&repository, &audit, identity, yes, now).await,
                None => revoke(&repository, &audit, &sessions, yes, now).await,
            };
            repository.close().await;
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
    config: &Config,
    repository: &Arc<dyn SessionRepository>,
    who: Who,
    all: bool,
    now: OffsetDateTime,
) -> Result<Vec<StoredSession>, CliError> {
    let identities = match (who.identity, who.email) {
        (Some(identity), _) => vec![identity],
        (None, email) => repository.identities_by_email(&email.unwrap_or_default()).await?,
    };
    let mut found = Vec::new();
    for identity in identities {
        let filter = Filter { identity: Some(identity), live: (!all).then_some(true) };
        let mut next = Some(Cursor::Beginning);
        while let Some(start) = next {
            let request = PageRequest { size: PageSize::MAX, start };
            let page = repository.list(filter, request, now).await?;
            found.extend(page.items);
            next = page.next;
        }
    }
    let mut readable: Vec<_> = found.iter_mut().filter_map(StoredSession::readable_mut).collect();
    ActivityTracker::new(config, Arc::clone(repository)).show(&mut readable).await?;
    Ok(found)
}

const BY_COMMAND: AuditContext =
    AuditContext { by: Actor::CommandLine, reason: "revoked", from: None };

async fn revoke(
    repository: &Arc<dyn SessionRepository>,
    audit: &Audit,
    sessions: &[Uuid],
    yes: bool,
    now: OffsetDateTime,
) -> Result<u64, CliError> {
    if sessions.len() > 1 {
        confirm(sessions.len() as u64, yes)?;
    }
    let mut ended = 0;
    for ids in sessions.chunks(IdBatch::MAX) {
        if let Some(ids) = IdBatch::new(ids) {
            let sessions = repository.end(Selection::Sessions(ids), now).await?.sessions;
            audit.sessions(Event::Ended, BY_COMMAND, &sessions);
            ended += sessions.len() as u64;
        }
    }
    Ok(ended)
}

async fn revoke_of(
    repository: &Arc<dyn SessionRepository>,
    audit: &Audit,
    identity: Uuid,
    yes: bool,
    now: OffsetDateTime,
) -> Result<u64, CliError> {
    let filter = Filter { identity: Some(identity), live: Some(true) };
    let sessions = repository.count(filter, now).await?;
    if sessions > 1 {
        confirm(sessions, yes)?;
    }
    let selection = Selection::OfIdentities(IdBatch::one(&identity));
    let mut ended = 0;
    loop {
        let processed = repository.end(selection, now).await?;
        audit.sessions(Event::Ended, BY_COMMAND, &processed.sessions);
        ended += processed.sessions.len() as u64;
        if !processed.more {
            return Ok(ended);
        }
    }
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
