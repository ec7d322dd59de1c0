//! Test support: databases, servers, processes, clients and simulated users.

pub mod browser;
pub mod databases;
pub mod event_log;
pub mod gateways;
pub mod http_client;
pub mod jwt;
pub mod kratos;
pub mod memory;
pub mod nginx;
pub mod output;
pub mod people;
pub mod process;
pub mod proxy;
pub mod receiver;
pub mod servers;
pub mod service;
pub mod sign_in;
pub mod simulated_users;
pub mod transaction;
pub mod wait;
