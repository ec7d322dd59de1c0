//! Reading of rows.

use sqlx::mysql::MySqlRow;
use sqlx::{Decode, MySql as Dialect, Row as _};
use time::{OffsetDateTime, PrimitiveDateTime};
use uuid::Uuid;

use crate::database::driver::{Column, Row};
use crate::database::error::InconsistentRow;
use crate::session::Json;

impl Row for MySqlRow {
    fn id(&self, column: Column) -> Result<Option<Uuid>, InconsistentRow> {
        convert(self, column, "a UUID", |text| Uuid::try_parse(text).ok())
    }

    fn text(&self, column: Column) -> Result<Option<&str>, InconsistentRow> {
        get(self, column, "text")
    }

    fn time(&self, column: Column) -> Result<Option<OffsetDateTime>, InconsistentRow> {
        Ok(get::<PrimitiveDateTime>(self, column, "a time")?.map(PrimitiveDateTime::assume_utc))
    }

    fn flag(&self, column: Column) -> Result<Option<bool>, InconsistentRow> {
        Ok(get::<i64>(self, column, "a boolean")?.map(|number| number != 0))
    }

    fn json(&self, column: Column) -> Result<Option<Json>, InconsistentRow> {
        convert(self, column, "JSON", |text| serde_json::from_str(text).ok())
    }
}

fn convert<T>(
    row: &MySqlRow,
    column: Column,
    expected: &'static str,
    read: impl Fn(&str) -> Option<T>,
) -> Result<Option<T>, InconsistentRow> {
    row.text(column)?
        .map(|text| read(text).ok_or(InconsistentRow { column: column.1, expected }))
        .transpose()
}

/// Reads a value without a check of its declared type, which is a blob for many texts.
pub(super) fn get<'r, T: Decode<'r, Dialect>>(
    row: &'r MySqlRow,
    column: Column,
    expected: &'static str,
) -> Result<Option<T>, InconsistentRow> {
    row.try_get_unchecked::<Option<T>, _>(column.0)
        .map_err(|_| InconsistentRow { column: column.1, expected })
}
