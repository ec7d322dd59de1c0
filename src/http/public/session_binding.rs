//! `/session-binding`: browsers bind their session to a key that does not leave the device, and prove
//! again and again that they have it.
//!
//! Browsers send these requests by themselves. They need no protection against forgery: a page of
//! another site cannot sign a challenge.

mod exchange;
mod refresh;
mod register;

pub(super) use refresh::{__path_refresh, refresh};
pub(super) use register::{__path_register, register};
