//! `/sessions`: a person's own sessions.

mod list;
mod revoke;
mod whoami;

pub(super) use list::list;
pub(super) use revoke::{caller, end_one, end_others, revoke, revoke_others};
pub(super) use whoami::whoami;
