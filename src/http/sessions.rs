//! `/sessions`: a person's own sessions.

mod list;
mod wire;

pub(super) use list::list;
