//! The SQLite file under a running service: moved, replaced, locked, on a full or read-only disk,
//! backed up.

mod backup;
mod disk;
mod fixture;
mod moved;
mod single_file;
mod writes;
