//! Random sequences of actions by people, login systems and operators, compared with a simple model.
//!
//! Idle timeouts have a property test of their own ([`crate::api::idle`]), because their ends have
//! a tolerance.

mod action;
mod browsers;
mod operators;
mod people;
mod world;

use proptest::prelude::*;
use proptest::test_runner::TestRunner;

use crate::support::databases::{Kind, on_every_database};
use action::actions;
use world::World;

on_every_database! { service_agrees_with_the_model }

fn service_agrees_with_the_model(kind: Kind) {
    let cases = ProptestConfig { cases: 12, failure_persistence: None, ..Default::default() };
    let result = TestRunner::new(cases).run(&actions(), |actions| {
        let mut world = World::new(kind);
        for action in &actions {
            world.apply(action);
        }
        world.compare();
        Ok(())
    });
    if let Err(error) = result {
        panic!("{error}");
    }
}
