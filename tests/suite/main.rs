//! What the service does, in its users' terms: against the real router, over
//! real sockets, on real databases.

// A test fails by panicking: that is what unwrap is for here.
#![allow(clippy::unwrap_used)]

mod api;
mod browser;
mod cli;
mod database;
mod faults;
mod support;
