//! Second factors among an identity's credentials: the lookup, and a check at startup that the
//! tables of credentials can be read.

use std::error::Error as _;

use uuid::Uuid;

use crate::config::Config;
use crate::database::awaited::Awaited;
use crate::database::driver::{Column, Driver, Row};
use crate::database::driver_error::is_table_change;
use crate::database::error::OpenError;
use crate::database::inconsistent_row::MistypedColumn;
use crate::database::statements::second_factors;
use crate::database::table_layout::Tables;
use crate::repository::RepositoryError;
use crate::second_factor::SecondFactor;

/// The tables of credentials.
const TABLES: [&str; 2] = ["identity_credentials", "identity_credential_types"];

/// Returns whether the identity has enrolled one of the `enabled` factors.
pub(super) async fn is_enrolled<D: Driver>(
    driver: &D,
    network: Uuid,
    identity: Uuid,
    enabled: &[SecondFactor],
) -> Result<bool, RepositoryError> {
    let statement = second_factors::of_identity(network, identity);
    let read = |rows: &[D::Row<'_>]| {
        let found = rows.iter().map(|row| is_one_of(row, enabled)).collect::<Result<Vec<_>, _>>();
        Ok(found?.contains(&true))
    };
    driver.fetch(statement, read).await
}

/// An unreadable credential counts as a second factor, so that it admits nobody.
fn is_one_of(row: &impl Row, enabled: &[SecondFactor]) -> Result<bool, MistypedColumn> {
    const NAME: Column = Column(0, "identity_credential_types.name");
    const CONFIG: Column = Column(1, "identity_credentials.config");
    let name = match row.text(NAME) {
        Ok(Some(name)) => name,
        Ok(None) => return Ok(true),
        Err(problem) => return problem.of_row().map(|_| true),
    };
    // Some collations also find other spellings.
    let Some(factor) = enabled.iter().find(|factor| factor.as_str() == name) else {
        return Ok(false);
    };
    match row.json(CONFIG) {
        Ok(None) => Ok(false),
        Ok(Some(config)) => {
            let config = serde_json::from_str(config.get());
            Ok(config.map_or(true, |config| factor.is_enrolled(&config)))
        }
        Err(problem) => problem.of_row().map(|_| true),
    }
}

/// Refuses to start if credentials are needed and one of their tables or columns is missing. The
/// error contains the database's message, which names it. (A missing right to read them was
/// reported before, by [`crate::database::rights`].)
pub(super) async fn check(
    driver: &impl Driver,
    network: Uuid,
    config: &Config,
    tables: &Tables,
) -> Result<(), OpenError> {
    if !config.reads_credentials() {
        return Ok(());
    }
    let enabled = &config.session.second_factors;
    match is_enrolled(driver, network, Uuid::nil(), enabled).await {
        Ok(_) => Ok(()),
        Err(error @ RepositoryError::Unavailable(_)) if !is_table_change(&error) => {
            Err(OpenError::url(error))
        }
        Err(error) => {
            let problem = error.source().map_or_else(|| error.to_string(), ToString::to_string);
            let error = OpenError::new(
                "session.required_aal",
                format!(
                    "is \"highest_available\", which needs SELECT on identity_credentials and \
                     identity_credential_types: {problem}"
                ),
            );
            let is_missing = TABLES.iter().any(|table| !tables.contains_key(*table));
            Err(if is_missing { error.until(Awaited::Tables) } else { error })
        }
    }
}
