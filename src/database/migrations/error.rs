//! The reasons why a migration stops.

use crate::database::driver_error::DriverError;
use crate::database::error::OpenError;
use crate::database::error_class::ErrorClass;

pub(in crate::database) enum MigrationError {
    /// The migration lock or the connection was lost: another attempt may succeed.
    Interrupted(String),
    Failed(OpenError),
}

impl MigrationError {
    /// For an error at this step.
    pub(super) fn at(step: &str, error: &sqlx::Error) -> Self {
        let problem = DriverError::described(error);
        match ErrorClass::of(error) {
            ErrorClass::Lost => Self::Interrupted(problem.to_string()),
            ErrorClass::Forbidden => {
                Self::Failed(OpenError::may_not_migrate(format_args!("{step}: {problem}")))
            }
            class => {
                let problem = format!("{step} failed; the next start will retry: {problem}");
                let was_in_the_way = matches!(class, ErrorClass::Contention(_));
                Self::Failed(if was_in_the_way || class.may_succeed_later() {
                    OpenError::contention(problem)
                } else {
                    OpenError::url(problem)
                })
            }
        }
    }
}

impl From<MigrationError> for OpenError {
    fn from(error: MigrationError) -> Self {
        match error {
            MigrationError::Interrupted(problem) => {
                Self::contention(format!("the migration was interrupted: {problem}"))
            }
            MigrationError::Failed(error) => error,
        }
    }
}
