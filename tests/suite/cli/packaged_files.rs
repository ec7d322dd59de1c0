//! Completions and man pages, which packages install.

use std::fs;
use std::process::{Command, Output};

use crate::support::output::OutputInTime as _;
use crate::support::process::elsewhere;

fn completions(shell: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let output = elsewhere(&folder, &["completions", shell]).output_in_time();
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// The words that bash offers for the last of these words.
fn offered_by_bash(words: &[&str]) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("elsewhere");
    fs::write(&script, completions("bash")).unwrap();
    let ask = r#"source "$0"
        function_name=$(complete -p elsewhere | sed 's/.*-F \([^ ]*\).*/\1/')
        COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMP_LINE="$*" COMP_POINT=${#COMP_LINE}
        "$function_name" elsewhere "${@: -1}" "${@: -2:1}" || true
        printf '%s\n' "${COMPREPLY[@]}""#;
    let output = Command::new("bash").args(["-euc", ask]).arg(&script).args(words).output_in_time();
    let Output { status, stdout, stderr } = output;
    assert!(status.success() && stderr.is_empty(), "{}", String::from_utf8_lossy(&stderr));
    String::from_utf8(stdout).unwrap().split_whitespace().map(str::to_owned).collect()
}

#[test]
fn bash_completes_commands_and_options() {
    for (words, expected) in [
        (&["elsewhere", "se"][..], &["serve", "sessions"][..]),
        (&["elsewhere", "b"], &["backup"]),
        (&["elsewhere", "com"], &["compare", "completions"]),
        (&["elsewhere", "m"], &["migrate"]),
        (&["elsewhere", "ma"], &[]),
        (&["elsewhere", "serve", "--"], &["--config", "--help"]),
        (&["elsewhere", "sessions", "r"], &["revoke"]),
        (&["elsewhere", "sessions", "list", "--e"], &["--email"]),
        (&["elsewhere", "prune", "--d"], &["--dry-run"]),
        (&["elsewhere", "openapi", "--a"], &["--admin"]),
        (&["elsewhere", "compare", "--k"], &["--kratos"]),
        (&["elsewhere", "completions", "f"], &["fish"]),
    ] {
        assert_eq!(offered_by_bash(words), expected, "{words:?}");
    }
}

#[test]
fn every_shell_has_completions_without_hidden_commands() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = completions(shell);
        assert!(script.contains("healthcheck"), "{shell}");
        for hidden in ["map-claims", "map__claims", "man pages", "man page"] {
            assert!(!script.contains(hidden), "{shell}: {hidden}");
        }
    }
}

#[test]
fn unknown_shell_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let output = elsewhere(&folder, &["completions", "tcsh"]).output_in_time();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8(output.stderr).unwrap().contains("bash"));
}

#[test]
fn every_command_has_a_man_page_that_renders_without_warnings() {
    let folder = tempfile::tempdir().unwrap();
    let output = elsewhere(&folder, &["man", "."]).output_in_time();
    assert!(output.status.success(), "{output:?}");
    let mut pages: Vec<_> = fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    pages.sort();
    let expected = [
        "backup",
        "compare",
        "completions",
        "config",
        "demo",
        "events",
        "healthcheck",
        "migrate",
        "openapi",
        "prune",
        "serve",
        "sessions-list",
        "sessions-revoke",
        "sessions",
        "webhooks-list",
        "webhooks-retry",
        "webhooks",
    ];
    let mut expected: Vec<_> =
        expected.map(|command| format!("elsewhere-{command}.1")).into_iter().collect();
    expected.push("elsewhere.1".to_owned());
    assert_eq!(pages, expected);
    for page in pages {
        let rendered = Command::new("groff")
            .args(["-K", "utf8", "-man", "-T", "utf8", "-w", "w"])
            // Without the backspaces of bold and underlined text.
            .args(["-P", "-c", "-P", "-b", "-P", "-u", "-P", "-o"])
            .arg(folder.path().join(&page))
            .output_in_time();
        let warnings = String::from_utf8_lossy(&rendered.stderr);
        assert!(rendered.status.success() && warnings.is_empty(), "{page}: {warnings}");
        let text = String::from_utf8_lossy(&rendered.stdout);
        assert!(text.contains("SYNOPSIS") && !text.contains("map-claims"), "{page}: {text}");
    }
}

#[test]
fn man_pages_need_an_existing_folder() {
    let folder = tempfile::tempdir().unwrap();
    let output = elsewhere(&folder, &["man", "nowhere"]).output_in_time();
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{error}");
    assert!(error.starts_with("elsewhere: FOLDER: cannot write to nowhere"), "{error}");
    assert_eq!(error.lines().count(), 1, "{error}");
}
