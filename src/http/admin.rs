//! `/admin`: everyone's sessions, for operators and login systems.

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

/// What an operator, or a login system, has done, for the audit trail.
fn by_operator(reason: &'static str, ClientAddress(from): ClientAddress) -> AuditContext {
    AuditContext { by: Actor::Operator, reason, from }
}
