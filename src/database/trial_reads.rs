//! Trial reads, which show that the tables can be read: a look at their columns' names shows
//! neither a type that a statement cannot compare nor one of which no value can be decoded.

use std::borrow::Cow;

use time::OffsetDateTime;
use uuid::Uuid;

use crate::database::driver::{Column, Driver, Row, Statement};
use crate::database::inconsistent_row::{InconsistentRow, MistypedColumn, ValueType};
use crate::database::second_factors;
use crate::database::statements::needs::Features;
use crate::database::statements::{list_others, needs, session_with_identity};
use crate::database::table_layout::TableLayout;
use crate::pagination::{Cursor, PageRequest, PageSize};
use crate::repository::RepositoryError;

/// Reads as the public API does, with a token that nobody has.
pub(super) async fn for_nobody(
    driver: &impl Driver,
    features: Features,
    layout: TableLayout,
) -> Result<(), RepositoryError> {
    let (nobody, token) = (Uuid::nil(), || Cow::Borrowed(""));
    let page = PageRequest { size: PageSize::DEFAULT, start: Cursor::Beginning };
    let key = session_with_identity::Key::StoredToken(token());
    let whoami = session_with_identity::statement(layout, nobody, key);
    let list = list_others::statement(layout, nobody, token(), page, OffsetDateTime::UNIX_EPOCH);
    for statement in [whoami, list] {
        driver.fetch(statement, |_| Ok(())).await?;
    }
    if features.read_credentials() {
        second_factors::is_enrolled(driver, nobody, nobody, &[]).await?;
    }
    Ok(())
}

/// Reads a value of a column whose type had changed.
pub(super) async fn of_column<D: Driver>(
    driver: &D,
    layout: TableLayout,
    MistypedColumn { column, expected }: MistypedColumn,
) -> Result<(), RepositoryError> {
    let Some((table, name)) = column.split_once('.') else {
        return Ok(());
    };
    // Addresses are read from two tables under one name.
    let is_read_from =
        |of: &str| of == table || table == "identity_addresses" && of.ends_with("_addresses");
    for need in needs::of_kratos(layout).filter(|need| is_read_from(need.table)) {
        let samples = need.columns.iter().zip(&need.samples);
        for (_, text) in samples.filter(|(column, _)| **column == name) {
            let statement = Statement { text, columns: 1, arguments: Vec::new() };
            let read = |rows: &[D::Row<'_>]| {
                let read = rows.first().map(|row| read_as(row, Column(0, column), expected));
                read.transpose().map(drop).or_else(|problem| Ok(problem.of_row().map(drop)?))
            };
            driver.fetch(statement, read).await?;
        }
    }
    Ok(())
}

fn read_as(row: &impl Row, column: Column, expected: ValueType) -> Result<(), InconsistentRow> {
    match expected {
        ValueType::Id => row.id(column).map(drop),
        ValueType::Text => row.text(column).map(drop),
        ValueType::Time => row.time(column).map(drop),
        ValueType::Flag => row.flag(column).map(drop),
        ValueType::Json => row.json(column).map(drop),
    }
}
