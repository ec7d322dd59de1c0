//! Migrations of the service's own tables, version by version ([`versions`]).

mod error;
mod lock;
pub(super) mod run;
pub(super) mod versions;

use crate::database::driver::{Column, Driver, Row as _, Statement};
use crate::database::error::OpenError;
use crate::repository::RepositoryError;

/// The table of applied versions. It also distinguishes the service's own databases from others.
pub(super) const TABLE: &str = "elsewhere_schema_versions";
/// The same table of programs before the first release. Their databases are the service's own,
/// too: everything that the table lists exists, or is created by versions that are safe to
/// repeat.
pub(super) const BEFORE_RELEASE: &str = "elsewhere_migrations";

/// Cast to text, so that the five getters are sufficient.
const STATE: &str = "
SELECT CAST(MAX(v.version) AS CHAR(20)), CAST(MAX(v.oldest_program) AS CHAR(20))
FROM elsewhere_schema_versions v";

/// The state of the service's own database, from this program's point of view.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// Versions are missing.
    Behind,
    /// At the newest version that the program knows, or newer and still compatible with it.
    Fit,
    TooNew {
        version: i64,
        oldest_program: i64,
    },
}

impl State {
    /// `applied` is the database's newest version, and the oldest program that may run on it, if
    /// any version was applied.
    fn of(applied: Option<(i64, i64)>, known: i64) -> Self {
        match applied {
            Some((version, oldest_program)) if version > known && oldest_program > known => {
                Self::TooNew { version, oldest_program }
            }
            Some((version, _)) if version >= known => Self::Fit,
            _ => Self::Behind,
        }
    }
}

/// Reads the state of the service's own database. A missing table is an error, too.
pub(super) async fn state<D: Driver>(driver: &D, known: i64) -> Result<State, RepositoryError> {
    Ok(State::of(applied(driver).await?, known))
}

/// Reads the version of the service's own database.
pub(super) async fn version<D: Driver>(driver: &D) -> Result<Option<i64>, RepositoryError> {
    Ok(applied(driver).await?.map(|(version, _)| version))
}

/// The newest applied version, and the oldest program that may run on the database.
async fn applied<D: Driver>(driver: &D) -> Result<Option<(i64, i64)>, RepositoryError> {
    let statement = Statement { text: STATE, columns: 2, arguments: Vec::new() };
    let read = |rows: &[D::Row<'_>]| {
        let number = |place| {
            let text = rows.first().map(|row| row.text(Column(place, TABLE))).transpose()?;
            Ok::<_, RepositoryError>(text.flatten().and_then(|text| text.trim().parse().ok()))
        };
        Ok(number(0)?.zip(number(1)?))
    };
    driver.fetch(statement, read).await
}

pub(super) fn too_new(version: i64, oldest_program: i64, known: i64) -> OpenError {
    OpenError::url(format!(
        "the database is at version {version}, which requires a program that knows version \
         {oldest_program} or newer; this one knows {known}: run a newer release of elsewhere"
    ))
}

#[cfg(test)]
mod tests {
    use super::State;

    #[test]
    fn a_newer_database_takes_the_programs_that_it_names() {
        assert_eq!(State::of(None, 8), State::Behind);
        assert_eq!(State::of(Some((7, 8)), 8), State::Behind);
        assert_eq!(State::of(Some((8, 8)), 8), State::Fit);
        assert_eq!(State::of(Some((9, 8)), 8), State::Fit);
        let too_new = State::TooNew { version: 10, oldest_program: 9 };
        assert_eq!(State::of(Some((10, 9)), 8), too_new);
    }
}
