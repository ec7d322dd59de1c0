//! Helpers of these tests: settings, the output of commands, and the parts of a secret in a text.

use std::collections::BTreeSet;

use tempfile::TempDir;

use crate::support::output::OutputInTime as _;
use crate::support::process::elsewhere;

/// The length of the shortest piece of a secret that counts as shown.
const PIECE_LENGTH: usize = 4;

/// An address at which nothing listens.
pub const UNREACHABLE: &str = "127.0.0.1:1";
pub const URL: &str = "ELSEWHERE_DATABASE__URL";
pub const COOKIE: &str = "ELSEWHERE_SESSION__COOKIE_SECRETS";
pub const TOKEN: &str = "ELSEWHERE_ADMIN__TOKENS";
pub const PSEUDONYM_KEY: &str = "ELSEWHERE_AUDIT__PSEUDONYM_KEY";

/// The place of a secret: environment variables and a settings file.
#[derive(Default)]
pub struct Setting {
    pub environment: Vec<(&'static str, String)>,
    pub file: String,
}

pub fn encoded(secret: &str) -> String {
    secret.bytes().flat_map(|byte| format!("%{byte:02X}").into_bytes()).map(char::from).collect()
}

/// The complete output of a command. If the setting names no database, the command gets an
/// unreachable one, so that every command ends.
pub fn run_command(command: &str, setting: &Setting, folder: &TempDir) -> String {
    std::fs::write(folder.path().join("settings.toml"), &setting.file).unwrap();
    let mut command = elsewhere(folder, &[command, "--config", "settings.toml"]);
    if !setting.file.contains("[database]") {
        command.env(URL, format!("postgres://sys_d@{UNREACHABLE}/dbkn"));
    }
    if setting.environment.iter().any(|(name, _)| name.ends_with("_FILE")) {
        command.env_remove(URL);
    }
    let output = command
        .env("ELSEWHERE_LOG__LEVEL", "trace")
        .env("ELSEWHERE_DATABASE__START_TIMEOUT", "1ms")
        .env("ELSEWHERE_SERVER__LISTEN", "127.0.0.1:0")
        .env("ELSEWHERE_ADMIN__LISTEN", "127.0.0.1:0")
        .envs(setting.environment.iter().map(|(name, value)| (*name, value.as_str())))
        .output_in_time();
    let texts = [output.stdout, output.stderr];
    texts.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat()
}

fn pieces(text: &str) -> BTreeSet<String> {
    let characters: Vec<_> = text.chars().collect();
    characters.windows(PIECE_LENGTH).map(String::from_iter).collect()
}

/// The pieces of `secret`, plain or encoded, that are in `shown` but not in `baseline`.
pub fn leaked(secret: &str, shown: &str, baseline: &str) -> Vec<String> {
    let written = [secret.to_owned(), encoded(secret)];
    let secret: BTreeSet<_> = written.iter().flat_map(|secret| pieces(secret)).collect();
    let baseline = pieces(baseline);
    secret.into_iter().filter(|piece| shown.contains(piece) && !baseline.contains(piece)).collect()
}
