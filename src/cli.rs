//! The commands, one file each.

mod backup;
mod config;
mod demo;
mod healthcheck;
mod migrate;
mod openapi;
mod prune;
mod serve;
mod sessions;

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use elsewhere::config::{Config, ConfigError};
use elsewhere::database::OpenError;
use elsewhere::repository::RepositoryError;
use elsewhere::server::ListenError;

/// Where else am I signed in? Answers it for every person, over HTTP.
#[derive(Parser)]
#[command(name = "elsewhere", version)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve until told to stop (SIGTERM, Ctrl-C)
    Serve(Settings),
    /// Serve a fresh database of made-up people, and print calls to paste
    Demo {
        /// Where to make the database, and leave it; else in a temporary folder
        #[arg(long, value_name = "FILE")]
        database: Option<PathBuf>,
        /// The public side's address; the admin side takes the port after it
        #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:4433")]
        listen: SocketAddr,
    },
    /// Bring the service's own database to the newest version
    Migrate {
        #[command(flatten)]
        settings: Settings,
        /// Beside a Kratos: make the table for activity.enabled, and nothing else
        #[arg(long)]
        activity: bool,
    },
    /// Copy the service's SQLite database to a new file, while it is used
    Backup {
        #[command(flatten)]
        settings: Settings,
        /// The file to make
        file: PathBuf,
    },
    /// Delete sessions that ended before session.retention
    Prune {
        #[command(flatten)]
        settings: Settings,
        /// Only count them
        #[arg(long)]
        dry_run: bool,
    },
    /// List or end people's sessions
    #[command(subcommand)]
    Sessions(sessions::Command),
    /// Print the settings in force, secrets hidden
    Config(Settings),
    /// Print the description of the public side, as OpenAPI
    Openapi {
        /// Of the admin side
        #[arg(long)]
        admin: bool,
    },
    /// Ask the service that runs with these settings whether it is ready
    Healthcheck(Settings),
}

#[derive(Args)]
struct Settings {
    /// The settings, as in config.example.toml
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

/// Why a command did not do what it was told.
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
    /// 2 where a setting or an argument has to change, 1 for the rest.
    pub fn exit_code(&self) -> ExitCode {
        match self {
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
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        match cli.command {
            Command::Serve(settings) => serve::run(&settings.load()?).await,
            Command::Demo { database, listen } => demo::run(database, listen).await,
            Command::Migrate { settings, activity } => {
                migrate::run(&settings.load()?, activity).await
            }
            Command::Backup { settings, file } => backup::run(&settings.load()?, &file).await,
            Command::Prune { settings, dry_run } => prune::run(&settings.load()?, dry_run).await,
            Command::Sessions(command) => sessions::run(command).await,
            Command::Config(settings) => config::run(settings.file()),
            Command::Openapi { admin } => openapi::run(admin),
            Command::Healthcheck(settings) => healthcheck::run(&settings.load()?).await,
        }
    })
}

impl Settings {
    fn file(&self) -> Option<&Path> {
        self.config.as_deref()
    }

    fn load(&self) -> Result<Config, ConfigError> {
        Config::load(self.file(), &environment()?)
    }
}

/// The environment. What is not UTF-8 is an error where the name is one of ours.
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
