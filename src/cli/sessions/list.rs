//! `elsewhere sessions list`: the sessions of a person.

use clap::Args;
use elsewhere::clock::Clock;
use elsewhere::repository::Filter;
use elsewhere::service::SessionService;
use elsewhere::stored_session::StoredSession;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::cli::output::print_lines;
use crate::cli::sessions::person::{EmailAddress, Person};
use crate::cli::sessions::table;
use crate::cli::{CliError, Settings, open_service};

#[derive(Args)]
pub(in crate::cli) struct Arguments {
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
}

#[derive(Args)]
#[group(required = true, multiple = false)]
struct Who {
    /// The identity's id
    #[arg(long, value_name = "ID")]
    identity: Option<Uuid>,
    /// The e-mail address with which the person signs in, in any case
    #[arg(long, value_name = "ADDRESS")]
    email: Option<EmailAddress>,
}

pub(super) async fn run(arguments: Arguments) -> Result<(), CliError> {
    let Arguments { settings, who, all, json } = arguments;
    let now = Clock::system().now();
    let service = open_service(&settings.load()?).await?;
    let found = find(&service, who, all, now).await;
    service.close().await;
    let found = found?;
    if json {
        let sessions: Vec<_> = found.iter().flat_map(|(_, sessions)| sessions).collect();
        return table::print_json(&sessions, now);
    }
    let mut lines = Vec::new();
    if found.iter().any(|(_, sessions)| !sessions.is_empty()) {
        lines = table::lines(found.iter().flat_map(|(_, sessions)| sessions), now);
    }
    let kind = if all { "" } else { "live " };
    let without = found.iter().filter(|(_, sessions)| sessions.is_empty());
    lines.extend(without.map(|(identity, _)| format!("identity {identity} has no {kind}sessions")));
    print_lines(&lines)
}

/// The sessions of each identity.
async fn find(
    service: &SessionService,
    who: Who,
    all: bool,
    now: OffsetDateTime,
) -> Result<Vec<(Uuid, Vec<StoredSession>)>, CliError> {
    let mut found = Vec::new();
    let identities = match Person::of(who.identity, who.email) {
        Some(person) => person.find(service).await?,
        None => Vec::new(),
    };
    for identity in identities {
        let filter = Filter { identity: Some(identity), live: (!all).then_some(true) };
        found.push((identity, service.list_all(filter, now).await?));
    }
    Ok(found)
}
