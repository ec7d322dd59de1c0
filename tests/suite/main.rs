//! What the service does, in its users' terms: against the real router, over
//! real sockets, on real databases.

// A test fails by panicking: that is what unwrap is for here.
#![allow(clippy::unwrap_used)]

mod activity;
mod administration;
mod audit_trail;
mod browser;
mod clients;
mod clock;
mod clusters;
mod command_line;
mod connection_settings;
mod cookies;
mod crowd;
mod databases;
mod description;
mod durability;
mod entrance;
mod extension;
mod faults;
mod gateway;
mod grants;
mod guessing;
mod guides;
mod hostile;
mod http_client;
mod issuing;
mod kratos;
mod labels;
mod life;
mod limits;
mod list;
mod metrics;
mod migrations;
mod model;
mod nginx;
mod operators;
mod outage;
mod page;
mod page_tokens;
mod parsers;
mod people;
mod plans;
mod process;
mod proxy;
mod prune;
mod recorded;
mod revocation;
mod robustness;
mod rolling;
mod schemas;
mod servers;
mod service;
mod settings;
mod sqlite_file;
mod table_changes;
mod tls;
mod traces;
mod upgrade;
mod user_agents;
mod walk;
mod whoami;
