//! Response bodies, links and errors.

pub mod delivery;
pub mod error;
pub mod expand;
pub mod pagination_links;
pub mod pieces;
pub mod wire;
