//! Databases that fail, processes that are killed, clients that mean harm.

pub mod abuse;
pub mod clusters;
pub mod database_server;
pub mod durability;
pub mod hostile;
pub mod outage;
pub mod rolling;
