//! `/admin`: everyone's sessions, for operators and login systems.

mod authorize;
mod bulk;
mod identity;
mod issue;
mod list;
mod session;

pub(super) use authorize::authorize;
pub(super) use bulk::bulk;
pub(super) use identity::{change, delete, delete_sessions};
pub(super) use issue::issue;
pub(super) use list::{list, list_of_identity};
pub(super) use session::{disable, extend, get};
