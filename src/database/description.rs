//! The description of the database for the first line of the log: the server and the tables.

use crate::config::Schema;
use crate::database::driver::{Column, Driver, Row as _, Statement};
use crate::database::migrations;
use crate::database::table_layout::TableLayout;
use crate::repository::{Description, RepositoryError};

pub(super) async fn read<D: Driver>(
    driver: &D,
    layout: TableLayout,
) -> Result<Description, RepositoryError> {
    let statement = Statement { text: D::VERSION, columns: 1, arguments: Vec::new() };
    let read = |rows: &[D::Row<'_>]| {
        let version = rows.first().map(|row| row.text(Column(0, "the version"))).transpose()?;
        Ok(version.flatten().unwrap_or_default().to_owned())
    };
    let database = driver.fetch(statement, read).await?;
    let schema = match layout.schema {
        Schema::Own => own(migrations::version(driver).await?),
        Schema::Kratos => kratos(layout),
    };
    Ok(Description { database, schema })
}

fn own(version: Option<i64>) -> String {
    version.map_or_else(|| "own".to_owned(), |version| format!("own, version {version}"))
}

fn kratos(layout: TableLayout) -> String {
    let missing = layout.lacking();
    if missing.is_empty() {
        "kratos, all columns".to_owned()
    } else {
        format!("kratos, without {}", missing.join(", "))
    }
}
