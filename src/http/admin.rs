//! Handlers of `/admin`: the sessions of all identities, for operators and login systems.

mod authorize;
pub(super) mod bulk;
pub(super) mod identity;
pub(super) mod issue;
pub(super) mod list;
pub(super) mod session;

use crate::audit::{Actor, AuditContext};
use crate::http::extract::client_address::ClientAddress;
pub(super) use authorize::authorize;
pub(super) use bulk::bulk;
pub(super) use identity::{change, delete, delete_sessions};
pub(super) use issue::{CompletedMethod, issue};
pub(super) use list::{list, list_of_identity};
pub(super) use session::{disable, extend, get};

/// The audit context of a call by an operator or a login system.
fn by_operator(reason: &'static str, ClientAddress(from): ClientAddress) -> AuditContext {
    AuditContext { by: Actor::Operator, reason, from }
}
