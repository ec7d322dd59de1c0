//! Values that cannot be read: single ones, and all of a column whose type has changed.

use std::fmt;

use crate::repository::RepositoryError;
use crate::stored_session::Problem;

/// The type as which a value is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ValueType {
    Id,
    Text,
    Time,
    Flag,
    Json,
}

/// The reason why a value cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum InconsistentRow {
    /// The row has a value that its column must not have. Other rows may be readable.
    Value(Problem),
    /// The column has a type of which no value can be read.
    Type(MistypedColumn),
}

/// A column whose type has changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the type of the column {column} has changed: expected {expected}")]
pub(super) struct MistypedColumn {
    pub column: &'static str,
    pub expected: ValueType,
}

impl ValueType {
    fn as_str(self) -> &'static str {
        match self {
            Self::Id => "a UUID",
            Self::Text => "text",
            Self::Time => "a time",
            Self::Flag => "a boolean",
            Self::Json => "JSON",
        }
    }
}

impl fmt::Display for ValueType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl InconsistentRow {
    pub(super) fn value(column: &'static str, expected: ValueType) -> Self {
        Self::other(column, expected.as_str())
    }

    /// For a value of the right type that its column must not have.
    pub(super) fn other(column: &'static str, expected: &'static str) -> Self {
        Self::Value(Problem { column, expected })
    }

    pub(super) fn mistyped(column: &'static str, expected: ValueType) -> Self {
        Self::Type(MistypedColumn { column, expected })
    }

    /// The problem of this row alone. If no row can be read, that is an error, and no reason to
    /// refuse or omit any of them.
    pub(super) fn of_row(self) -> Result<Problem, MistypedColumn> {
        match self {
            Self::Value(problem) => Ok(problem),
            Self::Type(column) => Err(column),
        }
    }
}

impl MistypedColumn {
    /// The column that caused this error.
    pub(super) fn of(error: &RepositoryError) -> Option<Self> {
        match error {
            RepositoryError::Unavailable(error) => error.downcast_ref().copied(),
            _ => None,
        }
    }
}

impl From<MistypedColumn> for InconsistentRow {
    fn from(column: MistypedColumn) -> Self {
        Self::Type(column)
    }
}

impl From<MistypedColumn> for RepositoryError {
    fn from(column: MistypedColumn) -> Self {
        Self::Unavailable(column.into())
    }
}

impl From<InconsistentRow> for RepositoryError {
    fn from(row: InconsistentRow) -> Self {
        match row.of_row() {
            Ok(problem) => Self::Unexpected(problem.to_string().into()),
            Err(column) => column.into(),
        }
    }
}
