//! Each SQL text once, for every database.
//!
//! The texts hold to what SQLite, PostgreSQL and MySQL share: no `LATERAL`, no
//! `RETURNING`, no upserts; arguments as `$1`, `$2`. What is written to many
//! rows is first read as a list of ids ([`claim`], in the same transaction), as not every planner finds a good way
//! from a subquery to an `UPDATE`. What is written repeats the condition under which it was read, or is locked. A comment after a table, `/* of one identity */` or
//! `/* in order */`, says which index to walk; MySQL's driver says it in its words.

pub(super) mod activity;
pub(super) mod count;
pub(super) mod end_and_delete;
pub(super) mod expired;
pub(super) mod extend;
pub(super) mod identities;
pub(super) mod in_list;
pub(super) mod insert;
pub(super) mod list;
pub(super) mod list_others;
pub(super) mod lock_and_write;
pub(super) mod needs;
#[cfg(test)]
mod plans;
pub(super) mod second_factors;
pub(super) mod session_with_identity;
