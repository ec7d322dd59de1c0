//! Last activity of sessions: noted at each call, written in the background, and shown
//! with `expand=activity`.

mod cleanup;
mod expand;
mod fixture;
mod kratos;
mod shutdown;
mod writes;
