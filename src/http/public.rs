//! Handlers of `/sessions`: the sessions of the caller.

pub(super) mod list;
pub(super) mod revoke;
pub(super) mod whoami;

pub(super) use list::list;
pub(super) use revoke::{caller, end_one, end_others, revoke, revoke_others};
pub(super) use whoami::whoami;
