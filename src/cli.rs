//! The command line: one module for each command.

mod backup;
mod compare;
mod completions;
mod config;
mod demo;
mod events;
mod healthcheck;
mod man_pages;
mod map_claims;
mod migrate;
mod openapi;
mod output;
mod prune;
mod serve;
mod sessions;
mod webhooks;

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::{Args, CommandFactory as _, Parser, Subcommand};
use clap_complete::Shell;
use elsewhere::config::{Config, ConfigError};
use elsewhere::database;
use elsewhere::database::{Additions, OpenError};
use elsewhere::metrics::Metrics;
use elsewhere::repository::{RepositoryError, SessionRepository};
use elsewhere::server::ListenError;
use elsewhere::service::SessionService;

/// Where else am I signed in? Answers this for every person, over HTTP.
#[derive(Parser)]
#[command(name = "elsewhere", version)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve both APIs until a signal stops the service (SIGTERM, Ctrl-C)
    Serve(Settings),
    /// Serve sample users from a new SQLite file, and print calls to paste
    Demo {
        /// Create the database there and keep it; by default it is temporary
        #[arg(long, value_name = "FILE")]
        database: Option<PathBuf>,
        /// Address of the public API; the admin API takes the next port
        #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:4433")]
        listen: SocketAddr,
    },
    /// Migrate the service's own database to the newest version
    Migrate {
        #[command(flatten)]
        settings: Settings,
        /// Beside a Kratos: create the table for activity.enabled
        #[arg(long)]
        activity: bool,
        /// Beside a Kratos: create the tables for events.enabled
        #[arg(long)]
        events: bool,
        /// Print the version as JSON
        #[arg(long)]
        json: bool,
    },
    /// Copy the service's SQLite database to a new file, while it is in use
    Backup {
        #[command(flatten)]
        settings: Settings,
        /// The file to create
        file: PathBuf,
        /// Print the name of the file as JSON
        #[arg(long)]
        json: bool,
    },
    /// Delete sessions that ended longer ago than session.retention
    Prune {
        #[command(flatten)]
        settings: Settings,
        /// Only count them
        #[arg(long)]
        dry_run: bool,
        /// Print the number of sessions as JSON
        #[arg(long)]
        json: bool,
    },
    /// List the changes of sessions and identities, oldest first
    Events(events::Arguments),
    /// List or revoke sessions
    #[command(subcommand)]
    Sessions(sessions::Command),
    /// List webhooks, or send events again that were given up
    #[command(subcommand)]
    Webhooks(webhooks::Command),
    /// Compare the answers of a running Kratos and a running elsewhere
    Compare(compare::Arguments),
    /// Print the settings in force, with secrets hidden
    Config {
        #[command(flatten)]
        settings: Settings,
        /// Convert a Kratos configuration to settings of this service, secrets included; repeat it
        /// to merge files as Kratos does; - is standard input
        #[arg(long, value_name = "FILE", conflicts_with = "config")]
        from_kratos: Vec<PathBuf>,
    },
    /// Print the OpenAPI description of the public API
    Openapi {
        #[command(flatten)]
        settings: Settings,
        /// Describe the admin API instead
        #[arg(long)]
        admin: bool,
    },
    /// Print the completions of a shell
    Completions {
        /// The shell
        shell: Shell,
    },
    /// Write a man page for each command, as packages do
    #[command(hide = true)]
    Man {
        /// An existing folder
        folder: PathBuf,
    },
    /// Run Jsonnet for the service, which starts this process itself
    #[command(hide = true)]
    MapClaims {
        /// Only check that the input is valid
        #[arg(long)]
        check: bool,
    },
    /// Ask the service that runs with these settings whether it is ready
    Healthcheck {
        #[command(flatten)]
        settings: Settings,
        /// Print the result as JSON
        #[arg(long)]
        json: bool,
    },
}

#[derive(Args)]
struct Settings {
    /// File with the settings, in the format of config.example.toml
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

/// The reason why a command failed.
#[derive(Debug, thiserror::Error)]
pub enum CliError {
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error(transparent)]
    Open(#[from] OpenError),
    #[error(transparent)]
    Listen(#[from] ListenError),
    #[error("{0}")]
    Usage(String),
    #[error("{0}")]
    Failed(String),
}

impl CliError {
    /// 2 if a setting or an argument has to change, otherwise 1.
    pub fn exit_code(&self) -> ExitCode {
        match self {
            Self::Open(error) if error.may_pass() => ExitCode::FAILURE,
            Self::Config(_) | Self::Open(_) | Self::Listen(_) | Self::Usage(_) => ExitCode::from(2),
            Self::Failed(_) => ExitCode::FAILURE,
        }
    }
}

impl From<io::Error> for CliError {
    fn from(error: io::Error) -> Self {
        Self::Failed(error.to_string())
    }
}

impl From<RepositoryError> for CliError {
    fn from(error: RepositoryError) -> Self {
        match error {
            RepositoryError::NotAllowed(reason) => Self::Usage(reason),
            error => Self::Failed(error.to_string()),
        }
    }
}

/// Runs a command to its end.
pub fn run(cli: Cli) -> Result<(), CliError> {
    match cli.command {
        Command::MapClaims { check } => return map_claims::run(check),
        Command::Completions { shell } => return completions::run(shell),
        Command::Man { folder } => return man_pages::run(&folder),
        _ => {}
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let result = runtime.block_on(async {
        match cli.command {
            Command::Serve(settings) => serve::run(&settings.load()?).await,
            Command::Demo { database, listen } => demo::run(database, listen).await,
            Command::Migrate { settings, activity, events, json } => {
                let additions = Additions { activity, events };
                migrate::run(&settings.load()?, additions, json).await
            }
            Command::Backup { settings, file, json } => {
                backup::run(&settings.load()?, &file, json).await
            }
            Command::Prune { settings, dry_run, json } => {
                prune::run(&settings.load()?, dry_run, json).await
            }
            Command::Events(arguments) => events::run(arguments).await,
            Command::Sessions(command) => sessions::run(command).await,
            Command::Webhooks(command) => webhooks::run(command).await,
            Command::Compare(arguments) => compare::run(arguments).await,
            Command::Config { settings, from_kratos } => config::run(settings.file(), &from_kratos),
            Command::Openapi { settings, admin } => openapi::run(&settings.load()?, admin),
            Command::Healthcheck { settings, json } => {
                healthcheck::run(&settings.load()?, json).await
            }
            Command::Completions { .. } | Command::Man { .. } | Command::MapClaims { .. } => Ok(()),
        }
    });
    // A file that does not respond must not keep the process alive.
    runtime.shutdown_timeout(Duration::from_secs(1));
    result
}

/// The commands that are meant for people. clap_complete includes hidden commands.
fn visible_commands() -> clap::Command {
    let all = Cli::command();
    let visible = all.get_subcommands().filter(|command| !command.is_hide_set()).cloned();
    clap::Command::new("elsewhere")
        .version(env!("CARGO_PKG_VERSION"))
        .about(all.get_about().cloned().unwrap_or_default())
        .subcommand_required(true)
        .subcommands(visible)
}

/// Opens the database for a command.
async fn open_service(config: &Config) -> Result<SessionService, CliError> {
    let repository = database::open_for_command(config).await?;
    let metrics = metrics_of(&repository);
    Ok(SessionService::new(config, repository, metrics))
}

fn metrics_of(repository: &Arc<dyn SessionRepository>) -> Arc<Metrics> {
    let repository = Arc::clone(repository);
    Arc::new(Metrics::new(move || repository.pools()))
}

impl Settings {
    fn file(&self) -> Option<&Path> {
        self.config.as_deref()
    }

    fn load(&self) -> Result<Config, ConfigError> {
        Config::load(self.file(), &environment()?)
    }
}

/// The environment. A value that is not UTF-8 is an error if its name is one of ours.
fn environment() -> Result<BTreeMap<String, String>, ConfigError> {
    let mut environment = BTreeMap::new();
    for (name, value) in std::env::vars_os() {
        match (name.into_string(), value.into_string()) {
            (Ok(name), Ok(value)) => drop(environment.insert(name, value)),
            (Ok(name), Err(_)) if name.starts_with("ELSEWHERE_") => {
                return Err(ConfigError(format!("{name}: expected UTF-8")));
            }
            _ => {}
        }
    }
    Ok(environment)
}
