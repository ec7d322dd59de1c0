//! Fault tests: failing databases, killed processes, hostile clients.

pub mod abuse;
pub mod clusters;
pub mod database_server_under_load;
pub mod durability;
pub mod hostile;
pub mod outage;
pub mod replicas;
pub mod rolling;
pub mod upgrade;
pub mod webhooks;
