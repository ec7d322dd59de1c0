//! Migrations of Kratos while the service runs beside it.

mod changed_types;
mod failing_triggers;
mod fixture;
mod locks;
mod outages;
mod to_newest;
mod traffic;
mod vanished;
mod widened;
