//! `elsewhere events`: lists the log of events, and follows it.

use std::time::Duration;

use clap::Args;
use elsewhere::event::{Event, EventId, EventType, WireEvent};
use elsewhere::repository::{BatchSize, EventFilter, RepositoryError};
use elsewhere::service::{EventsError, SessionService};
use uuid::Uuid;

use crate::cli::output::{print_json, print_line};
use crate::cli::{CliError, Settings, open_service};

/// Time that a page waits for new events. The log is looked at more often.
const FOLLOW_WAIT: Duration = Duration::from_secs(1);

#[derive(Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    settings: Settings,
    /// Wait for new events, until Ctrl-C
    #[arg(long)]
    follow: bool,
    /// Only events of this type, such as session.revoked; repeat it for several
    #[arg(long = "type", value_name = "TYPE", value_parser = event_type)]
    types: Vec<EventType>,
    /// Only events of this identity and its sessions
    #[arg(long, value_name = "ID")]
    identity: Option<Uuid>,
    /// Only events after this one
    #[arg(long, value_name = "ID", value_parser = event_id)]
    after: Option<EventId>,
    /// Print each event as JSON, in a line of its own
    #[arg(long)]
    json: bool,
}

fn event_type(text: &str) -> Result<EventType, String> {
    text.parse().map_err(|_| {
        let names: Vec<_> = EventType::ALL.iter().map(|one| one.as_str()).collect();
        format!("expected one of {}", names.join(", "))
    })
}

pub(super) fn event_id(text: &str) -> Result<EventId, String> {
    text.parse().map_err(|_| "expected the id of an event".to_owned())
}

pub(super) async fn run(arguments: Arguments) -> Result<(), CliError> {
    let service = open_service(&arguments.settings.load()?).await?;
    let listed = tokio::select! {
        listed = list(&service, &arguments) => listed,
        // A service that runs puts events in order, too. Without one, this program does.
        never = service.keep_events_in_order(), if arguments.follow => match never {},
        _ = tokio::signal::ctrl_c(), if arguments.follow => Ok(()),
    };
    service.close().await;
    listed
}

async fn list(service: &SessionService, arguments: &Arguments) -> Result<(), CliError> {
    match service.put_events_in_order().await {
        // Reading needs fewer rights.
        Ok(()) | Err(RepositoryError::NotAllowed(_)) => {}
        Err(error) => return Err(error.into()),
    }
    let filter = EventFilter { types: arguments.types.clone(), identity: arguments.identity };
    let mut after = arguments.after;
    loop {
        let wait = if arguments.follow { FOLLOW_WAIT } else { Duration::ZERO };
        let page = service.events(after, &filter, BatchSize::MAX, wait).await?;
        for event in &page.events {
            print(event, arguments.json)?;
        }
        if page.is_last && !arguments.follow {
            return Ok(());
        }
        after = Some(page.next);
    }
}

fn print(event: &Event, json: bool) -> Result<(), CliError> {
    if json {
        return print_json(&serde_json::to_value(WireEvent::new(event)).unwrap_or_default());
    }
    print_line(line(event))
}

/// An event as a line for people.
fn line(event: &Event) -> String {
    let Event { id, event_type, at, identity, actor, .. } = event;
    let at = at.replace_nanosecond(0).unwrap_or(*at);
    let (date, time) = (at.date(), at.time());
    let session = event.session.map(|session| format!(" session={session}")).unwrap_or_default();
    let cause = event.cause.map(|cause| format!(" ({cause})")).unwrap_or_default();
    let by = actor.kind;
    format!("{id} {date} {time} {event_type}{session} identity={identity} by {by}{cause}")
}

impl From<EventsError> for CliError {
    fn from(error: EventsError) -> Self {
        match error {
            EventsError::Off => Self::Usage("events.enabled is false".to_owned()),
            EventsError::Pruned { oldest } => Self::Usage(format!(
                "--after: events after this one were deleted; there are events after {oldest}"
            )),
            EventsError::UnknownPosition => {
                Self::Usage("--after: expected the id of an event of this log".to_owned())
            }
            EventsError::Repository(error) => error.into(),
        }
    }
}
