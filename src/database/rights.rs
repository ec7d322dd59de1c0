//! What the database's user may do: found out at the start by statements that touch no row,
//! and again when something is refused later.

use crate::config::Config;
use crate::database::driver::{Column, Driver, Row as _, Statement};
use crate::database::error::OpenError;
use crate::database::error_class::is_forbidden;
use crate::database::migrations;
use crate::database::statements::needs;
use crate::database::statements::needs::{Need, Purpose};
use crate::repository::RepositoryError;

/// What a program needs to be allowed to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Demand {
    /// To read and to end sessions; what the admin side lacks is a warning.
    Serve,
    /// To read; what else a command needs it finds out.
    Command,
    /// What it does is not ours to check.
    Migrate,
}

/// What was found out at the start.
#[derive(Debug, Default)]
pub(super) struct Rights {
    held: Vec<&'static Need>,
    lacking: Vec<&'static Need>,
    grantee: Grantee,
}

/// To whom rights are granted, and what comes before the names of tables.
#[derive(Debug, Default)]
struct Grantee {
    name: String,
    database: String,
}

impl Rights {
    /// Tries each need. Where there are no grants (SQLite), nothing lacks.
    pub(super) async fn probe<D: Driver>(driver: &D, config: &Config) -> Result<Self, OpenError> {
        let Some(text) = D::GRANTEE else {
            return Ok(Self::default());
        };
        let mut rights = Self { grantee: Grantee::read(driver, text).await?, ..Self::default() };
        let read_only = config.database.read_only;
        for need in needs::of(config) {
            if read_only && !need.purpose.only_reads() {
                continue;
            }
            match try_out(driver, need).await {
                Err(error) if is_forbidden(&error) => rights.lacking.push(need),
                // What is not there is found out elsewhere; what a standby refuses, by
                // whoever asks whether the service is ready.
                _ => rights.held.push(need),
            }
        }
        Ok(rights)
    }

    /// Whether a table cannot be read, so that nobody knows whether its columns are there.
    pub(super) fn hides(&self, table: &str) -> bool {
        self.lacking.iter().any(|need| need.table == table && need.purpose.only_reads())
    }

    /// Refuses where something is lacking that is demanded, and warns of the rest.
    pub(super) fn meet(&self, demand: Demand) -> Result<(), OpenError> {
        let is_demanded = |purpose: Purpose| match demand {
            Demand::Serve => purpose != Purpose::Administer,
            // A command admits nobody.
            Demand::Command => purpose.only_reads() && purpose != Purpose::ReadCredentials,
            Demand::Migrate => false,
        };
        let (demanded, rest): (Vec<&Need>, Vec<&Need>) =
            self.lacking.iter().copied().partition(|need| is_demanded(need.purpose));
        if let Some(first) = demanded.first() {
            let key = match first.purpose {
                Purpose::ReadCredentials => "session.required_aal",
                Purpose::ReadActivity | Purpose::NoteActivity => "activity.enabled",
                _ => "database.url",
            };
            let mut problem = self.lacks(&demanded);
            // On MySQL, what a user may not use looks the same whether it is there or not.
            if key == "activity.enabled" {
                problem.push_str(" (`elsewhere migrate --activity` makes the table)");
            } else if demanded.iter().any(|need| need.table == migrations::TABLE) {
                problem.push_str(" (`elsewhere migrate` makes the tables)");
            }
            if demanded.iter().all(|need| need.purpose == Purpose::End) {
                problem.push_str("; or set database.read_only = true");
            }
            return Err(OpenError::new(key, problem));
        }
        if demand == Demand::Serve && !rest.is_empty() {
            let lacking = self.lacks(&rest);
            tracing::warn!("the admin side answers 403 where it needs more rights: {lacking}");
        }
        Ok(())
    }

    /// Why a database refused a call: a right that was there at the start and is not there
    /// any more, or one that never was.
    pub(super) async fn explain(
        &self,
        driver: &impl Driver,
        refused: RepositoryError,
    ) -> RepositoryError {
        match self.check_held(driver, |_| true).await {
            Err(taken_away) => taken_away,
            Ok(()) if self.lacking.is_empty() => refused,
            Ok(()) => {
                let lacks = self.lacks(&self.lacking);
                RepositoryError::NotAllowed(format!("In the service's database, {lacks}."))
            }
        }
    }

    /// Whether what is needed to read and to end sessions is still allowed.
    pub(super) async fn are_kept(&self, driver: &impl Driver) -> Result<(), RepositoryError> {
        self.check_held(driver, Purpose::is_public).await
    }

    async fn check_held(
        &self,
        driver: &impl Driver,
        counts: impl Fn(Purpose) -> bool,
    ) -> Result<(), RepositoryError> {
        let mut taken_away = Vec::new();
        for need in self.held.iter().copied().filter(|need| counts(need.purpose)) {
            match try_out(driver, need).await {
                Ok(()) => {}
                Err(error) if is_forbidden(&error) => taken_away.push(need),
                Err(error) => return Err(error),
            }
        }
        if taken_away.is_empty() {
            return Ok(());
        }
        Err(RepositoryError::Unavailable(self.lacks(&taken_away).into()))
    }

    fn lacks(&self, needs: &[&Need]) -> String {
        let Grantee { name, database } = &self.grantee;
        let grants: Vec<_> = needs
            .iter()
            .map(|need| format!("GRANT {} ON {database}{} TO {name}", need.privilege, need.table))
            .collect();
        format!("this user lacks: {}", grants.join("; "))
    }
}

impl Purpose {
    /// Whether the public side cannot do without it.
    fn is_public(self) -> bool {
        matches!(self, Self::Read | Self::ReadCredentials | Self::End)
    }

    fn only_reads(self) -> bool {
        matches!(self, Self::Read | Self::ReadCredentials | Self::ReadActivity)
    }
}

impl Grantee {
    async fn read<D: Driver>(driver: &D, text: &'static str) -> Result<Self, OpenError> {
        let statement = Statement { text, columns: 2, arguments: Vec::new() };
        let read = |rows: &[D::Row<'_>]| {
            let text = |place| {
                let text = rows.first().map(|row| row.text(Column(place, "the user"))).transpose();
                Ok::<_, RepositoryError>(text?.flatten().unwrap_or_default().to_owned())
            };
            Ok(Self { name: text(0)?, database: text(1)? })
        };
        driver.fetch(statement, read).await.map_err(OpenError::url)
    }
}

/// Also of what writes it is asked as of what reads: nothing is written, so that nothing has
/// to be confirmed.
async fn try_out(driver: &impl Driver, need: &Need) -> Result<(), RepositoryError> {
    let statement = Statement { text: need.probe, columns: 0, arguments: Vec::new() };
    driver.fetch(statement, |_| Ok(())).await
}
