//! A difference between two answers, in words that quote no value.

use std::fmt;

use http::StatusCode;

/// A place in an answer, and the way in which the answers differ there.
pub(super) struct Difference {
    pub place: String,
    pub kind: Kind,
}

pub(super) enum Kind {
    Status {
        kratos: StatusCode,
        elsewhere: StatusCode,
    },
    OnlyKratos,
    OnlyElsewhere,
    /// Two kinds of JSON, or of bodies.
    Types {
        kratos: &'static str,
        elsewhere: &'static str,
    },
    Lengths {
        kratos: usize,
        elsewhere: usize,
    },
    Order,
    Value,
}

impl Kind {
    /// Something that only one of the servers has. `None` if both or neither have it.
    pub(super) fn of_presence(kratos: bool, elsewhere: bool) -> Option<Self> {
        match (kratos, elsewhere) {
            (true, false) => Some(Self::OnlyKratos),
            (false, true) => Some(Self::OnlyElsewhere),
            _ => None,
        }
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: ", self.place)?;
        match self.kind {
            Kind::Status { kratos, elsewhere } => {
                write!(formatter, "Kratos {}, elsewhere {}", kratos.as_u16(), elsewhere.as_u16())
            }
            Kind::OnlyKratos => formatter.write_str("only Kratos"),
            Kind::OnlyElsewhere => formatter.write_str("only elsewhere"),
            Kind::Types { kratos, elsewhere } => {
                write!(formatter, "Kratos {kratos}, elsewhere {elsewhere}")
            }
            Kind::Lengths { kratos, elsewhere } => {
                write!(formatter, "Kratos {kratos} items, elsewhere {elsewhere}")
            }
            Kind::Order => formatter.write_str("another order"),
            Kind::Value => formatter.write_str("differs"),
        }
    }
}
