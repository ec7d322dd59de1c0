//! Response bodies, links and errors.

pub mod cache_for;
pub mod delivery;
pub mod documented;
pub mod error;
pub mod json;
pub mod pagination_links;
pub mod pieces;
pub mod wire;
