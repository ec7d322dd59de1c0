//! `elsewhere webhooks`: the state of webhooks, and events that were given up.

use clap::Subcommand;
use elsewhere::clock::Clock;
use elsewhere::database;
use elsewhere::event::EventId;
use elsewhere::repository::{SessionRepository, Undelivered, WebhookState};
use serde_json::{Value, json};

use crate::cli::output::{count, print_json, print_line, print_lines};
use crate::cli::{CliError, Settings};

#[derive(Subcommand)]
pub(super) enum Command {
    /// List the webhooks, and the events that were not delivered
    List {
        #[command(flatten)]
        settings: Settings,
        /// Print the webhooks as JSON
        #[arg(long)]
        json: bool,
    },
    /// Send events again that were given up, and switch a webhook on that is off
    Retry {
        #[command(flatten)]
        settings: Settings,
        /// The name of the webhook
        name: String,
        /// Only this event
        #[arg(long, value_name = "ID", value_parser = super::events::event_id)]
        event: Option<EventId>,
        /// Print the number of events as JSON
        #[arg(long)]
        json: bool,
    },
}

pub(super) async fn run(command: Command) -> Result<(), CliError> {
    let (Command::List { settings, .. } | Command::Retry { settings, .. }) = &command;
    let config = settings.load()?;
    if !config.has_events() {
        return Err(CliError::Usage("events.enabled is false".to_owned()));
    }
    let repository = database::open_for_command(&config).await?;
    let done = match command {
        Command::List { json, .. } => list(&*repository, json).await,
        Command::Retry { name, event, json, .. } => retry(&*repository, &name, event, json).await,
    };
    repository.close().await;
    done
}

async fn list(repository: &dyn SessionRepository, json: bool) -> Result<(), CliError> {
    let head = repository.event_log().await?.head;
    let (mut lines, mut listed) = (Vec::new(), Vec::new());
    for webhook in webhooks_of(repository).await? {
        let waiting = repository.undelivered(&webhook.name, false).await?;
        let given_up = repository.undelivered(&webhook.name, true).await?;
        let behind = head.get() - webhook.position.get();
        if json {
            listed.push(in_json(&webhook, behind, &waiting, &given_up));
        } else {
            let state = if webhook.is_off { "off" } else { "on" };
            let events = count(u64::try_from(behind).unwrap_or_default(), "event");
            lines.push(format!("{} is {state}, {events} behind", webhook.name));
            lines.extend(waiting.iter().map(|event| line(event, "waits")));
            lines.extend(given_up.iter().map(|event| line(event, "given up")));
        }
    }
    if json { print_json(&Value::Array(listed)) } else { print_lines(&lines) }
}

async fn webhooks_of(repository: &dyn SessionRepository) -> Result<Vec<WebhookState>, CliError> {
    let all = repository.webhooks().await?.into_iter();
    Ok(all.filter(|webhook| webhook.is_of_this_network).collect())
}

fn line(event: &Undelivered, state: &str) -> String {
    let Undelivered { id, tries, problem, .. } = event;
    format!("  {id} {state} after {}: {problem}", count(u64::from(*tries), "failed try"))
}

fn in_json(
    webhook: &WebhookState,
    behind: i64,
    waiting: &[Undelivered],
    given_up: &[Undelivered],
) -> Value {
    let events = |events: &[Undelivered]| -> Vec<_> {
        let event = |event: &Undelivered| json!({"id": event.id.to_string(), "tries": event.tries, "problem": event.problem});
        events.iter().map(event).collect()
    };
    json!({
        "name": webhook.name,
        "on": !webhook.is_off,
        "behind": behind,
        "waiting": events(waiting),
        "given_up": events(given_up),
    })
}

async fn retry(
    repository: &dyn SessionRepository,
    name: &str,
    event: Option<EventId>,
    json: bool,
) -> Result<(), CliError> {
    let webhooks = webhooks_of(repository).await?;
    let Some(webhook) = webhooks.iter().find(|webhook| webhook.name == name) else {
        return Err(CliError::Failed("there is no webhook with this name".to_owned()));
    };
    let events = repository.retry_webhook(name, event, Clock::system().now()).await?;
    if webhook.is_off {
        repository.switch_webhook(name, false).await?;
    }
    if json {
        return print_json(&json!({"events": events, "switched_on": webhook.is_off}));
    }
    let switched_on = if webhook.is_off { "; the webhook is on again" } else { "" };
    print_line(format_args!("{} will be sent again{switched_on}", count(events, "event")))
}
