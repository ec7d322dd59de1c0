//! A model of the protocol that keeps the session caches of replicas coherent. The checker visits
//! every state that the model can reach, and reports the shortest path to a violation.
//!
//! The property: a request that starts after a change was answered never sees the state before that
//! change, on any replica. In the model, no replica may have both a lease and a usable entry that is
//! older than the newest answered change. After a failover, no replica with a lease of the new epoch
//! may have an entry that the failover lost, or lack a row for writers to see.
//!
//! # What is modelled
//!
//! - One session with a version. Revoking, extending, binding to a device and every other change make the next version.
//! - The log: IDs are allocated before the commit, positions are assigned by a separate step.
//! - Polls begin, are executed by the server, and are handled. Misses read and then insert.
//! - Writers: replicas, which know others from polls, and command lines, which are no replica.
//! - Each step is an action of its own. Time may pass between any two, so every pause is covered.
//! - Faults: crashes, orderly stops, lost messages, removals of replicas whose beat stands still,
//!   drifting clocks, and a failover to a server that lacks the newest commits.
//!
//! # What is abstracted
//!
//! - Each timer counts ticks and stops where more ticks make no difference.
//! - A clock is wrong by a number of ticks at most, over any interval. This bounds a rate for the
//!   length of a lease. Waits add twice that number as their margin.
//! - All leases have the same length. One change of an unrelated session stands for all others.
//! - The buckets that outdate entries are a flag of the read under way: see [`state::Read`].
//! - A commit and its confirmation are one step, and so are a registration and its confirmation.
//!   A later confirmation only makes writers and newcomers wait longer.
//! - A server answers nothing that starts after its failover. Statements that it executed before may
//!   still be answered.
//! - Some configurations leave out what others cover: see [`configuration::Role`] and
//!   [`configuration::Reads`].
//!
//! # How to read a counterexample
//!
//! The checker prints actions in order. `Replica(1, ExecutePoll)` is the moment at which the server
//! takes the snapshot for the poll of replica 1. `Tick([1, 1, 1, 0])` advances the clocks by these
//! ticks: those of the replicas first, then those of the command lines. The last action makes the
//! forbidden state, which is usually an answer that came too early.
//! `cargo test --test model mutations -- --show-output` prints one for each broken rule.

// Tests fail by panicking, so unwrap is fine here.
#![allow(clippy::unwrap_used)]
#![forbid(unsafe_code)]

mod actions;
mod beats;
mod clock;
mod configuration;
mod correct;
mod database;
mod enabled;
mod model;
mod mutations;
mod polls;
mod replica;
mod rules;
mod setup;
mod state;
mod writer;
