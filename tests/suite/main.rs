//! Tests of the service from its users' point of view: against the real router, over
//! real sockets, on real databases.

// Tests fail by panicking, so unwrap is fine here.
#![allow(clippy::unwrap_used)]

mod api;
mod browser;
mod cli;
mod database;
mod faults;
mod support;
