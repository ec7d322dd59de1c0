//! Interrupted migrations: the next start completes them, regardless of the moment of the
//! interruption.

mod blocked;
mod fixture;
mod interrupted;
mod migration_lock;
mod steps;
pub mod target;
