//! Migrations of Kratos while the service runs beside it.

mod fixture;
mod outages;
mod to_newest;
mod traffic;
mod widened;
