//! `elsewhere sessions list` and `elsewhere sessions revoke`: for operators, without a running
//! service.

mod list;
mod person;
mod revoke;
mod table;

use clap::Subcommand;

use crate::cli::CliError;

#[derive(Subcommand)]
pub(super) enum Command {
    /// List the live sessions of a person
    List(list::Arguments),
    /// Revoke sessions by their ids, or all sessions of a person
    Revoke(revoke::Arguments),
}

pub(super) async fn run(command: Command) -> Result<(), CliError> {
    match command {
        Command::List(arguments) => list::run(arguments).await,
        Command::Revoke(arguments) => revoke::run(arguments).await,
    }
}
