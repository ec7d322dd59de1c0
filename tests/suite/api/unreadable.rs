//! Unreadable rows: such a row hides nothing else, and operators see which column is wrong.

mod caller;
mod devices_and_addresses;
mod fixture;
mod lists;
mod operators;
mod revocation;
mod warnings;
