//! Rights of the database user: probed at startup by statements that touch no row, and again if
//! the database refuses something later.

use crate::database::driver::{Column, Driver, Row as _, Statement};
use crate::database::driver_error::is_forbidden;
use crate::database::error::OpenError;
use crate::database::migrations;
use crate::database::statements::needs;
use crate::database::statements::needs::{Features, Need, Purpose};
use crate::database::table_layout::TableLayout;
use crate::repository::RepositoryError;

/// The rights without which the database is not opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Demand {
    /// To read and to end sessions. Missing rights of the admin API are a warning.
    Serve,
    /// To read. The command itself finds out about other rights.
    Command,
    /// None: rights to migrate are not probed.
    Migrate,
}

impl Demand {
    fn includes(self, purpose: Purpose) -> bool {
        match self {
            Self::Serve => purpose != Purpose::Administer,
            // A command admits no caller.
            Self::Command => purpose.only_reads() && purpose != Purpose::ReadCredentials,
            Self::Migrate => false,
        }
    }
}

/// The result of the probes at startup.
#[derive(Debug, Default)]
pub(super) struct Rights {
    held: Vec<&'static Need>,
    lacking: Vec<&'static Need>,
    grantee: Grantee,
}

/// The user that rights are granted to, and the prefix of tables' names in grants.
#[derive(Debug, Default)]
struct Grantee {
    name: String,
    database: String,
}

impl Rights {
    /// Probes each need. A database without grants (SQLite) lacks nothing.
    pub(super) async fn probe<D: Driver>(
        driver: &D,
        features: Features,
        layout: TableLayout,
    ) -> Result<Self, RepositoryError> {
        Self::of(driver, needs::of(features, layout)).await
    }

    /// Probes these needs.
    pub(super) async fn of<D: Driver>(
        driver: &D,
        needs: impl Iterator<Item = &'static Need>,
    ) -> Result<Self, RepositoryError> {
        let Some(text) = D::GRANTEE else {
            return Ok(Self::default());
        };
        let mut rights = Self { grantee: Grantee::read(driver, text).await?, ..Self::default() };
        for need in needs {
            match run_probe(driver, need).await {
                Err(error) if is_forbidden(&error) => rights.lacking.push(need),
                // Missing tables and columns are found elsewhere; a standby's refusals, by the
                // readiness check.
                _ => rights.held.push(need),
            }
        }
        Ok(rights)
    }

    /// Returns whether this user cannot read a table, so that its columns cannot be checked.
    pub(super) fn hides(&self, table: &str) -> bool {
        self.lacking.iter().any(|need| need.table == table && need.purpose.only_reads())
    }

    /// Fails if a demanded right is lacking.
    pub(super) fn meet(&self, demand: Demand) -> Result<(), OpenError> {
        let lacking = self.lacking.iter().copied();
        let demanded: Vec<&Need> = lacking.filter(|need| demand.includes(need.purpose)).collect();
        if let Some(first) = demanded.first() {
            let key = match first.purpose {
                Purpose::ReadCredentials => "session.required_aal",
                Purpose::ReadActivity | Purpose::NoteActivity => "activity.enabled",
                Purpose::ReadEvents | Purpose::WriteEvents => "events.enabled",
                _ => "database.url",
            };
            let mut problem = self.lacks(&demanded);
            // To a user without rights, MySQL reports a missing table like an existing one.
            if key == "activity.enabled" {
                problem.push_str(" (`elsewhere migrate --activity` creates the table)");
            } else if key == "events.enabled" {
                problem.push_str(" (`elsewhere migrate --events` creates the tables)");
            } else if demanded.iter().any(|need| need.table == migrations::TABLE) {
                problem.push_str(" (`elsewhere migrate` creates the tables)");
            }
            if demanded.iter().all(|need| need.purpose == Purpose::End) {
                problem.push_str("; or set database.read_only = true");
            }
            return Err(OpenError::grant(key, problem));
        }
        Ok(())
    }

    /// Warns if rights are lacking that serving can do without.
    pub(super) fn warn_of_others(&self, demand: Demand) {
        let lacking = self.lacking.iter().copied();
        let others: Vec<&Need> = lacking.filter(|need| !demand.includes(need.purpose)).collect();
        if demand == Demand::Serve && !others.is_empty() {
            let lacking = self.lacks(&others);
            tracing::warn!("some requests to the admin API will receive 403: {lacking}");
        }
    }

    /// Explains why the database refused a call: a right was taken away since startup, or was
    /// never granted.
    pub(super) async fn explain(
        &self,
        driver: &impl Driver,
        refused: RepositoryError,
    ) -> RepositoryError {
        match self.check_held(driver, |_| true).await {
            Err(taken_away) => taken_away,
            Ok(()) if self.lacking.is_empty() => refused,
            Ok(()) => {
                let lacks = self.all_lacking();
                RepositoryError::NotAllowed(format!("In the service's database, {lacks}."))
            }
        }
    }

    /// Checks that the user still has the rights to read and to end sessions.
    pub(super) async fn are_kept(&self, driver: &impl Driver) -> Result<(), RepositoryError> {
        self.check_held(driver, Purpose::is_public).await
    }

    async fn check_held(
        &self,
        driver: &impl Driver,
        is_relevant: impl Fn(Purpose) -> bool,
    ) -> Result<(), RepositoryError> {
        let mut taken_away = Vec::new();
        for need in self.held.iter().copied().filter(|need| is_relevant(need.purpose)) {
            match run_probe(driver, need).await {
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

    /// The missing grants, in words.
    pub(super) fn all_lacking(&self) -> String {
        self.lacks(&self.lacking)
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

impl Grantee {
    async fn read<D: Driver>(driver: &D, text: &'static str) -> Result<Self, RepositoryError> {
        let statement = Statement { text, columns: 2, arguments: Vec::new() };
        let read = |rows: &[D::Row<'_>]| {
            let text = |place| {
                let text = rows.first().map(|row| row.text(Column(place, "the user"))).transpose();
                Ok::<_, RepositoryError>(text?.flatten().unwrap_or_default().to_owned())
            };
            Ok(Self { name: text(0)?, database: text(1)? })
        };
        driver.fetch(statement, read).await
    }
}

/// Runs a probe as a read, even if its statement writes: it writes no row, so no commit has to be
/// confirmed.
async fn run_probe(driver: &impl Driver, need: &'static Need) -> Result<(), RepositoryError> {
    let statement = Statement { text: &need.probe, columns: 0, arguments: Vec::new() };
    driver.fetch(statement, |_| Ok(())).await
}
