//! What the service does, in its users' terms: against the real router, over
//! real sockets, on real databases.

// A test fails by panicking: that is what unwrap is for here.
#![allow(clippy::unwrap_used)]

mod command_line;
mod cookies;
mod databases;
mod http_client;
mod kratos;
mod life;
mod list;
mod outage;
mod page_tokens;
mod people;
mod plans;
mod recorded;
mod robustness;
mod schemas;
mod service;
mod settings;
mod tls;
mod walk;
