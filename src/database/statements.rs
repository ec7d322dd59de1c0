//! SQL statements: one text each, shared by all databases.
//!
//! The texts use only what SQLite, PostgreSQL and MySQL have in common: no `LATERAL`, no
//! `RETURNING`, no upserts. Arguments are `$1`, `$2`. Select lists of sessions come from
//! [`crate::database::columns`].
//!
//! A write to many rows first reads a list of ids in the same transaction
//! ([`lock_and_write`]), because not every planner finds a good plan for an `UPDATE` with a
//! subquery. The write repeats the condition under which its rows were read, or the rows are
//! locked.
//!
//! A comment after a table, `/* of one identity */` or `/* in order */`, says which index to
//! use. MySQL's driver replaces it with an index hint.

pub(super) mod activity;
pub(super) mod bound_key;
mod by_layout;
pub(super) mod change;
pub(super) mod count;
pub(super) mod end_and_delete;
pub(super) mod event_log;
pub(super) mod events;
pub(super) mod expired;
pub(super) mod extend;
pub(super) mod identities;
pub(super) mod identity;
pub(super) mod idle;
pub(super) mod in_list;
pub(super) mod insert;
pub(super) mod list;
pub(super) mod list_others;
pub(super) mod lock_and_write;
pub(super) mod needs;
#[cfg(test)]
mod plans;
pub(super) mod replicas;
pub(super) mod second_factors;
pub(super) mod session_with_identity;
pub(super) mod sign_in;
pub(super) mod webhooks;
