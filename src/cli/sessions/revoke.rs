//! `elsewhere sessions revoke`: ends sessions by their ids, or all sessions of a person.

use std::collections::HashSet;
use std::io::{self, BufRead as _, IsTerminal as _, Write as _};

use clap::Args;
use elsewhere::clock::Clock;
use elsewhere::event::Actor;
use elsewhere::logging;
use elsewhere::repository::{Filter, SessionRef};
use elsewhere::service::{Include, OperatorError, SessionService};
use serde_json::json;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::cli::output::{count, print_json, print_lines};
use crate::cli::sessions::person::{EmailAddress, Person};
use crate::cli::{CliError, Settings, open_service};

/// The reason in audit records.
const REASON: &str = "revoked";

#[derive(Args)]
pub(in crate::cli) struct Arguments {
    #[command(flatten)]
    settings: Settings,
    #[command(flatten)]
    selected: Selected,
    /// Do not ask before more than one session is revoked
    #[arg(long)]
    yes: bool,
    /// Print the revoked sessions as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
#[group(required = true, multiple = false)]
struct Selected {
    /// Ids of the sessions to revoke
    #[arg(value_name = "SESSION")]
    sessions: Vec<Uuid>,
    /// Revoke all sessions of this identity
    #[arg(long, value_name = "ID")]
    identity: Option<Uuid>,
    /// Revoke all sessions of the person who signs in with this e-mail address, in any case
    #[arg(long, value_name = "ADDRESS")]
    email: Option<EmailAddress>,
}

/// The outcome for each session.
#[derive(Default)]
struct Outcome {
    revoked: Vec<Uuid>,
    already_ended: Vec<Uuid>,
    unknown: Vec<Uuid>,
}

pub(super) async fn run(arguments: Arguments) -> Result<(), CliError> {
    let Arguments { settings, selected, yes, json } = arguments;
    let config = settings.load()?;
    let _logging = logging::start_for_command(&config)?;
    let now = Clock::system().now();
    let service = open_service(&config).await?;
    let outcome = match Person::of(selected.identity, selected.email) {
        Some(person) => revoke_all_of(&service, &person, yes, now).await,
        None => revoke_each(&service, selected.sessions, yes, now).await,
    };
    service.close().await;
    outcome?.report(json)
}

async fn revoke_each(
    service: &SessionService,
    mut sessions: Vec<Uuid>,
    yes: bool,
    now: OffsetDateTime,
) -> Result<Outcome, CliError> {
    let mut seen = HashSet::new();
    sessions.retain(|session| seen.insert(*session));
    confirm(sessions.len() as u64, yes)?;
    let revoked = service.revoke_each(Actor::CommandLine, REASON, &sessions, now).await?;
    let mut outcome = Outcome { revoked: ids(&revoked), ..Outcome::default() };
    let revoked: HashSet<_> = outcome.revoked.iter().copied().collect();
    for session in sessions.into_iter().filter(|session| !revoked.contains(session)) {
        match service.get(session, Include::default()).await {
            Ok(_) => outcome.already_ended.push(session),
            Err(OperatorError::NotFound) => outcome.unknown.push(session),
            Err(OperatorError::Repository(error)) => return Err(error.into()),
            Err(error) => return Err(CliError::Failed(error.to_string())),
        }
    }
    Ok(outcome)
}

async fn revoke_all_of(
    service: &SessionService,
    person: &Person,
    yes: bool,
    now: OffsetDateTime,
) -> Result<Outcome, CliError> {
    let identities = person.find(service).await?;
    let mut sessions = 0;
    for identity in &identities {
        let filter = Filter { identity: Some(*identity), live: Some(true) };
        sessions += service.count_sessions(filter, now).await?;
    }
    confirm(sessions, yes)?;
    let mut outcome = Outcome::default();
    for identity in identities {
        let revoked = service.revoke_all_of(Actor::CommandLine, REASON, identity, now).await?;
        outcome.revoked.extend(ids(&revoked));
    }
    Ok(outcome)
}

fn ids(sessions: &[SessionRef]) -> Vec<Uuid> {
    sessions.iter().map(|one| one.session).collect()
}

/// Asks on the terminal if this is more than one session. Without a terminal, `--yes` is required.
fn confirm(sessions: u64, yes: bool) -> Result<(), CliError> {
    if yes || sessions <= 1 {
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

impl Outcome {
    /// Prints what happened. An error if there is no such session.
    fn report(&self, json: bool) -> Result<(), CliError> {
        let Self { revoked, already_ended, unknown } = self;
        if json {
            print_json(&json!({
                "ended": revoked.len(),
                "sessions": revoked,
                "already_ended": already_ended,
                "unknown": unknown,
            }))?;
        } else {
            let mut lines = vec![format!("{} revoked", count(revoked.len() as u64, "session"))];
            let ended = already_ended.iter();
            lines.extend(ended.map(|session| format!("session {session} had ended already")));
            print_lines(&lines)?;
        }
        if unknown.is_empty() {
            return Ok(());
        }
        let unknown: Vec<_> = unknown.iter().map(Uuid::to_string).collect();
        Err(CliError::Failed(format!("there is no session {}", unknown.join(", "))))
    }
}
