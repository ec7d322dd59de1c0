//! No command shows a part of a secret, however the secret is spelled.

use std::collections::BTreeMap;
use std::sync::Mutex;

use proptest::prelude::*;
use tempfile::TempDir;

use crate::cli::secrets::fixture::{leaked, run_command};
use crate::cli::secrets::spellings::SPELLINGS;

/// The output of `command` for a secret that has nothing in common with any other.
fn baseline(spelling: usize, command: &'static str, folder: &TempDir) -> String {
    static SHOWN: Mutex<BTreeMap<(usize, &str), String>> = Mutex::new(BTreeMap::new());
    let known = SHOWN.lock().unwrap().get(&(spelling, command)).cloned();
    known.unwrap_or_else(|| {
        let shown = run_command(command, &SPELLINGS[spelling].1("~~~~~~~~~~~~"), folder);
        SHOWN.lock().unwrap().insert((spelling, command), shown.clone());
        shown
    })
}

fn assert_nothing_leaks(secret: &str, commands: &[&'static str]) -> Result<(), TestCaseError> {
    let folder = tempfile::tempdir().unwrap();
    for (nth, (spelling, set)) in SPELLINGS.iter().enumerate() {
        for command in commands {
            let shown = run_command(command, &set(secret), &folder);
            let leaked = leaked(secret, &shown, &baseline(nth, command, &folder));
            prop_assert!(
                leaked.is_empty(),
                "{spelling}: {command} shows {leaked:?} of {secret}: {shown}"
            );
        }
    }
    Ok(())
}

#[test]
fn no_command_shows_a_part_of_a_secret_that_once_leaked() {
    let commands = ["config", "serve", "migrate", "healthcheck"];
    assert_nothing_leaks("/7M+r?E':dHz", &commands).unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4, max_shrink_iters: 20, ..ProptestConfig::default() })]

    #[test]
    fn no_command_shows_a_part_of_any_secret(
        secret in "[A-Z]{1,4}[!-z]{5,12}([/?#@:%&=+,'\"\\\\\\[\\]{} ü€]{1,4}[A-Z0-9]{2,6}){1,3}"
    ) {
        assert_nothing_leaks(secret.trim(), &["config", "serve"])?;
    }
}
