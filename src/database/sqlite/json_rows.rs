//! Packing of all rows of an answer into one row.
//!
//! sqlx runs SQLite on a thread of its own and hands over row by row. Each row wakes another
//! thread, which cost more than SQLite's own work. So SQLite itself packs the rows of any
//! statement into one JSON array of arrays, and only one row crosses between the threads.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use serde::Deserialize;
use serde::de::{Deserializer, Error, Visitor};
use serde_json::Number;
use serde_json::value::to_raw_value;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::database::driver;
use crate::database::driver::Column;
use crate::database::inconsistent_row::{InconsistentRow, ValueType};
use crate::database::sqlite::timestamp;
use crate::repository::RepositoryError;
use crate::session::Json;

/// Returns the statement that packs the rows of `text`.
pub(super) fn pack(text: &str, columns: usize) -> Arc<str> {
    let columns: Vec<_> = (0..columns).map(|nth| format!("c{nth}")).collect();
    let columns = columns.join(", ");
    format!(
        "WITH answer ({columns}) AS ({text})\n\
         SELECT CAST(json_group_array(json_array({columns})) AS BLOB) FROM answer"
    )
    .into()
}

/// Returns the statement that packs the rows of `text`, whatever their values. JSON can represent
/// neither blobs nor infinity, and one such value would make all rows fail. This statement costs
/// more.
pub(super) fn pack_anything(text: &str, columns: usize) -> Arc<str> {
    let anything = |nth| {
        format!(
            "CASE WHEN typeof(c{nth}) = 'blob' OR c{nth} IN (9e999, -9e999) \
             THEN CAST(c{nth} AS TEXT) ELSE c{nth} END AS c{nth}"
        )
    };
    let anything: Vec<_> = (0..columns).map(anything).collect();
    let names: Vec<_> = (0..columns).map(|nth| format!("c{nth}")).collect();
    let (anything, names) = (anything.join(", "), names.join(", "));
    let text = format!("WITH any ({names}) AS ({text}) SELECT {anything} FROM any");
    pack(&text, columns)
}

/// Unpacks what [`pack`] packed.
pub(super) fn rows(answer: &str) -> Result<Vec<Row<'_>>, RepositoryError> {
    serde_json::from_str(answer).map_err(|error| RepositoryError::Unexpected(error.into()))
}

#[derive(Deserialize)]
#[serde(transparent)]
pub(in crate::database) struct Row<'a>(#[serde(borrow)] Vec<Cell<'a>>);

/// A value by its actual type, because the declared types of SQLite's columns (`char(36)`,
/// `DATETIME`, `jsonb`) do not determine it.
enum Cell<'a> {
    Null,
    Number(Number),
    Text(Cow<'a, str>),
}

impl driver::Row for Row<'_> {
    fn id(&self, column: Column) -> Result<Option<Uuid>, InconsistentRow> {
        self.read(column, ValueType::Id, |text| Uuid::try_parse(text).ok())
    }

    fn text(&self, column: Column) -> Result<Option<&str>, InconsistentRow> {
        match self.0.get(column.0) {
            Some(Cell::Text(text)) => Ok(Some(text)),
            Some(Cell::Null) => Ok(None),
            _ => Err(InconsistentRow::value(column.1, ValueType::Text)),
        }
    }

    fn time(&self, column: Column) -> Result<Option<OffsetDateTime>, InconsistentRow> {
        self.read(column, ValueType::Time, timestamp::parse)
    }

    fn flag(&self, column: Column) -> Result<Option<bool>, InconsistentRow> {
        match self.0.get(column.0) {
            Some(Cell::Number(number)) => Ok(Some(number.as_i64() != Some(0))),
            Some(Cell::Null) => Ok(None),
            // The default of Kratos's column is the text 'false'.
            Some(Cell::Text(text)) if text == "false" => Ok(Some(false)),
            _ => Err(InconsistentRow::value(column.1, ValueType::Flag)),
        }
    }

    fn json(&self, column: Column) -> Result<Option<Json>, InconsistentRow> {
        // A column declared as jsonb turns the text `5` into a number.
        if let Some(Cell::Number(number)) = self.0.get(column.0) {
            return Ok(to_raw_value(number).ok());
        }
        self.read(column, ValueType::Json, |text| serde_json::from_str(text).ok())
    }
}

impl Row<'_> {
    fn read<T>(
        &self,
        column: Column,
        expected: ValueType,
        read: impl Fn(&str) -> Option<T>,
    ) -> Result<Option<T>, InconsistentRow> {
        driver::Row::text(self, column)?
            .map(|text| read(text).ok_or(InconsistentRow::value(column.1, expected)))
            .transpose()
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Cell<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(CellVisitor)
    }
}

struct CellVisitor;

impl<'de> Visitor<'de> for CellVisitor {
    type Value = Cell<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("null, a number or text")
    }

    fn visit_unit<E: Error>(self) -> Result<Cell<'de>, E> {
        Ok(Cell::Null)
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Cell<'de>, E> {
        Ok(Cell::Number(number.into()))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Cell<'de>, E> {
        Ok(Cell::Number(number.into()))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Cell<'de>, E> {
        Ok(Number::from_f64(number).map_or(Cell::Null, Cell::Number))
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Cell<'de>, E> {
        Ok(Cell::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Cell<'de>, E> {
        Ok(Cell::Text(Cow::Owned(text.to_owned())))
    }
}
