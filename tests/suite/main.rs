//! What the service does, in its users' terms: against the real router, over
//! real sockets, on real databases.

// A test fails by panicking: that is what unwrap is for here.
#![allow(clippy::unwrap_used)]

mod administration;
mod clusters;
mod command_line;
mod cookies;
mod crowd;
mod databases;
mod durability;
mod extension;
mod faults;
mod gateway;
mod http_client;
mod issuing;
mod kratos;
mod life;
mod list;
mod model;
mod operators;
mod outage;
mod page_tokens;
mod people;
mod plans;
mod process;
mod proxy;
mod prune;
mod recorded;
mod revocation;
mod robustness;
mod schemas;
mod servers;
mod service;
mod settings;
mod sqlite_file;
mod tls;
mod walk;
mod whoami;
