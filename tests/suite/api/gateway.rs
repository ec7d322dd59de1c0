//! The gateway examples: gateways that ask `whoami`, and gateways that route the session calls of a
//! Kratos here.

mod asking_whoami;
mod beside_kratos;
mod declared_routes;
mod echo;
