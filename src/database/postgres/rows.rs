//! Reading of rows.

use sqlx::error::BoxDynError;
use sqlx::postgres::{PgRow, PgTypeInfo, PgValueRef};
use sqlx::types::Json as SqlJson;
use sqlx::{Decode, Postgres as Dialect, Row as _, Type, ValueRef as _};
use time::macros::datetime;
use time::{Duration, OffsetDateTime, PrimitiveDateTime};
use uuid::Uuid;

use crate::database::driver::{Column, Row};
use crate::database::inconsistent_row::{InconsistentRow, ValueType};
use crate::session::Json;

impl Row for PgRow {
    fn id(&self, column: Column) -> Result<Option<Uuid>, InconsistentRow> {
        get(self, column, ValueType::Id)
    }

    fn text(&self, column: Column) -> Result<Option<&str>, InconsistentRow> {
        get(self, column, ValueType::Text)
    }

    fn time(&self, column: Column) -> Result<Option<OffsetDateTime>, InconsistentRow> {
        let expected = ValueType::Time;
        get::<Timestamp>(self, column, expected)?
            .map(|time| time.read().ok_or(InconsistentRow::value(column.1, expected)))
            .transpose()
    }

    fn flag(&self, column: Column) -> Result<Option<bool>, InconsistentRow> {
        get(self, column, ValueType::Flag)
    }

    fn json(&self, column: Column) -> Result<Option<Json>, InconsistentRow> {
        Ok(get::<SqlJson<Json>>(self, column, ValueType::Json)?.map(|json| json.0))
    }
}

/// Microseconds since 2000. sqlx's own type panics on `infinity`, and on years that no other
/// database supports.
struct Timestamp(i64);

impl Timestamp {
    fn read(&self) -> Option<OffsetDateTime> {
        datetime!(2000-01-01 00:00 UTC).checked_add(Duration::microseconds(self.0))
    }
}

impl Type<Dialect> for Timestamp {
    fn type_info() -> PgTypeInfo {
        <PrimitiveDateTime as Type<Dialect>>::type_info()
    }

    /// Instants with a zone are stored in the same way.
    fn compatible(found: &PgTypeInfo) -> bool {
        *found == Self::type_info() || *found == <OffsetDateTime as Type<Dialect>>::type_info()
    }
}

impl<'r> Decode<'r, Dialect> for Timestamp {
    fn decode(value: PgValueRef<'r>) -> Result<Self, BoxDynError> {
        <i64 as Decode<Dialect>>::decode(value).map(Self)
    }
}

fn get<'r, T>(
    row: &'r PgRow,
    column: Column,
    expected: ValueType,
) -> Result<Option<T>, InconsistentRow>
where
    T: Decode<'r, Dialect>,
    Option<T>: Decode<'r, Dialect> + Type<Dialect>,
{
    row.try_get(column.0).map_err(|_| {
        let is_mistyped = |value: PgValueRef<'_>| !Option::<T>::compatible(&value.type_info());
        // An error here is a statement that stops before this column.
        if row.try_get_raw(column.0).is_ok_and(is_mistyped) {
            InconsistentRow::mistyped(column.1, expected)
        } else {
            InconsistentRow::value(column.1, expected)
        }
    })
}
