//! The grants of `docs/grants.md`. The tests create users with exactly these grants and run the
//! service as those users.

mod fixture;
mod kratos;
mod missing;
mod own_schema;
mod read_only;
