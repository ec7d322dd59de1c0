//! The search for identities by e-mail address.
//!
//! Beside a Kratos, an address is a login identifier, an address to verify or for recovery, or
//! only a trait, as the identity schema says. The first three have an index. The traits have none,
//! so they are read if nobody was found before.

use std::collections::BTreeSet;

use uuid::Uuid;

use crate::config::Schema;
use crate::database::decode;
use crate::database::driver::{Driver, Statement};
use crate::database::driver_error::{is_forbidden, is_table_change};
use crate::database::rights::Rights;
use crate::database::schema;
use crate::database::statements::identities;
use crate::database::statements::needs::LOGIN_IDENTIFIERS;
use crate::repository::{EmailSearch, RepositoryError};

pub(super) async fn run<D: Driver>(
    driver: &D,
    schema: Schema,
    network: Uuid,
    email: &str,
) -> Result<EmailSearch, RepositoryError> {
    let find = |statement| find(driver, statement, email);
    let (mut found, mut unsearched) = (BTreeSet::new(), None);
    if schema == Schema::Kratos {
        found.extend(find(identities::by_address(network, email)).await?);
        match find(identities::by_login_identifier(network, email)).await {
            Ok(identities) => found.extend(identities),
            Err(error) => unsearched = Some(explain(driver, error).await?),
        }
    }
    if found.is_empty() {
        found.extend(find(identities::by_trait::<D>(network, email)).await?);
    }
    Ok(EmailSearch { identities: found.into_iter().collect(), unsearched })
}

async fn find<D: Driver>(
    driver: &D,
    statement: Statement<'_>,
    email: &str,
) -> Result<Vec<Uuid>, RepositoryError> {
    let read = |rows: &[D::Row<'_>]| {
        Ok(rows.iter().filter_map(|row| decode::identity_with_email(row, email)).collect())
    };
    driver.fetch(statement, read).await
}

/// Names the rights or the tables without which login identifiers cannot be read: serving does
/// not need them. Returns other errors.
async fn explain(driver: &impl Driver, error: RepositoryError) -> Result<String, RepositoryError> {
    let needs = || LOGIN_IDENTIFIERS.iter();
    if is_forbidden(&error) {
        return Ok(Rights::of(driver, needs()).await?.all_lacking());
    }
    if is_table_change(&error) {
        let tables = schema::tables(driver).await?;
        let missing = schema::missing(&tables, needs(), &Rights::default());
        return Ok(format!("missing {}", missing.join(", ")));
    }
    Err(error)
}
