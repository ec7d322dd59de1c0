//! `/sessions`: a person's own sessions.

mod list;
mod revoke;
mod whoami;

pub(super) use list::list;
pub(super) use revoke::{revoke, revoke_others};
pub(super) use whoami::whoami;
