//! Reading of rows.

use sqlx::mysql::{MySqlRow, MySqlTypeInfo};
use sqlx::types::Json as SqlJson;
use sqlx::{Decode, MySql as Dialect, Row as _, Type, ValueRef as _};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::database::driver::{Column, Row};
use crate::database::inconsistent_row::{InconsistentRow, ValueType};
use crate::session::Json;

impl Row for MySqlRow {
    fn id(&self, column: Column) -> Result<Option<Uuid>, InconsistentRow> {
        let text = self.text(column)?;
        converted(text, column, ValueType::Id, |text| Uuid::try_parse(text).ok())
    }

    fn text(&self, column: Column) -> Result<Option<&str>, InconsistentRow> {
        typed(self, column, ValueType::Text, fits::<[u8]>)
    }

    fn time(&self, column: Column) -> Result<Option<OffsetDateTime>, InconsistentRow> {
        typed(self, column, ValueType::Time, fits::<OffsetDateTime>)
    }

    fn flag(&self, column: Column) -> Result<Option<bool>, InconsistentRow> {
        let is_integer = |found: &_| fits::<i64>(found) || fits::<u64>(found);
        Ok(typed::<i64>(self, column, ValueType::Flag, is_integer)?.map(|number| number != 0))
    }

    fn json(&self, column: Column) -> Result<Option<Json>, InconsistentRow> {
        let is_json = |found: &_| fits::<SqlJson<Json>>(found) || fits::<[u8]>(found);
        let text = typed(self, column, ValueType::Json, is_json);
        converted(text?, column, ValueType::Json, |text| serde_json::from_str(text).ok())
    }
}

fn converted<T>(
    text: Option<&str>,
    column: Column,
    expected: ValueType,
    read: impl Fn(&str) -> Option<T>,
) -> Result<Option<T>, InconsistentRow> {
    text.map(|text| read(text).ok_or(InconsistentRow::value(column.1, expected))).transpose()
}

fn fits<T: Type<Dialect> + ?Sized>(found: &MySqlTypeInfo) -> bool {
    T::compatible(found)
}

/// Reads a value of a column that has one of these types (many texts are declared as blobs). The
/// bytes of another one could be taken for a value, even for a live session.
fn typed<'r, T: Decode<'r, Dialect>>(
    row: &'r MySqlRow,
    column: Column,
    expected: ValueType,
    is_one: impl Fn(&MySqlTypeInfo) -> bool,
) -> Result<Option<T>, InconsistentRow> {
    let value = row.try_get_raw(column.0);
    // A statement that stops before this column.
    let value = value.map_err(|_| InconsistentRow::value(column.1, expected))?;
    if value.is_null() {
        return Ok(None);
    }
    if !is_one(&value.type_info()) {
        return Err(InconsistentRow::mistyped(column.1, expected));
    }
    T::decode(value).map(Some).map_err(|_| InconsistentRow::value(column.1, expected))
}
