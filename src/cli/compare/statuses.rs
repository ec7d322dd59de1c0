//! The statuses of two answers to one question.

use std::fmt;

use http::StatusCode;

#[derive(Clone, Copy)]
pub(super) struct Statuses {
    pub kratos: StatusCode,
    pub elsewhere: StatusCode,
}

impl fmt::Display for Statuses {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kratos, elsewhere } = self;
        formatter.write_str(kratos.as_str())?;
        if kratos == elsewhere { Ok(()) } else { write!(formatter, "/{}", elsewhere.as_str()) }
    }
}
