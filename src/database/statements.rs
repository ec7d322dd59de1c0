//! Each SQL text once, for every database.
//!
//! The texts hold to what SQLite, PostgreSQL and MySQL share: no `LATERAL`, no
//! `RETURNING`, no upserts; arguments as `$1`, `$2`.

pub(super) mod count_others;
pub(super) mod end_expired;
pub(super) mod issue;
pub(super) mod others;
