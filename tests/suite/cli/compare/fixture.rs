//! Runs the program, and reads what it prints.

use std::collections::BTreeSet;
use std::fmt::Display;
use std::io::Write as _;
use std::process::Stdio;

use crate::support::kratos::Exchange;
use crate::support::output::OutputInTime as _;
use crate::support::process::elsewhere;

/// The output of the program.
#[derive(Debug)]
pub struct Compared {
    pub code: Option<i32>,
    pub lines: Vec<String>,
    pub error: String,
}

impl Compared {
    pub fn has(&self, line: &str) -> bool {
        self.lines.iter().any(|printed| printed == line)
    }

    /// The indented lines below the line of a question.
    pub fn below(&self, question: &str) -> Vec<&str> {
        let mut lines = self.lines.iter().skip_while(|line| *line != question);
        assert!(lines.next().is_some(), "no {question:?} in {self:#?}");
        lines.map_while(|line| line.strip_prefix("    ")).collect()
    }

    /// Returns true if a hint begins with this text.
    pub fn has_hint(&self, begins: &str) -> bool {
        let mut hints = self.lines.iter().filter_map(|line| line.strip_prefix("hint: "));
        hints.any(|hint| hint.starts_with(begins))
    }

    pub fn summary(&self) -> &str {
        self.lines.last().map_or("", String::as_str)
    }

    /// The deliberate differences.
    pub fn known(&self) -> Vec<&str> {
        self.lines.iter().filter_map(|line| line.strip_prefix("known: ")).collect()
    }
}

/// The URL of a server, or a part of one that is written as a URL.
pub fn url(server: impl Display) -> String {
    format!("http://{server}/")
}

/// Compares two servers with these credentials, which the program must not show.
pub fn compare(
    kratos: impl Display,
    other: impl Display,
    credentials: &str,
    further: &[&str],
) -> Compared {
    compare_at(&url(kratos), &url(other), credentials, further)
}

pub fn compare_at(kratos: &str, other: &str, credentials: &str, further: &[&str]) -> Compared {
    let arguments = [&["compare", "--kratos", kratos, "--elsewhere", other], further].concat();
    let compared = run(&arguments, credentials);
    for line in credentials.lines() {
        let secret = line.rsplit([' ', '=']).find(|part| part.len() > 8);
        let shown = compared.lines.join("\n") + &compared.error;
        if let Some(secret) = secret {
            assert!(!shown.contains(secret), "{secret} is shown: {shown}");
        }
    }
    compared
}

pub fn run(arguments: &[&str], input: &str) -> Compared {
    let folder = tempfile::tempdir().unwrap();
    let mut child = elsewhere(&folder, arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // In a thread, because a program that reads nothing lets the pipe fill.
    let (mut stdin, input) = (child.stdin.take().unwrap(), input.to_owned());
    std::thread::spawn(move || stdin.write_all(input.as_bytes()));
    let output = child.output_in_time();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Compared {
        code: output.status.code(),
        lines: text(output.stdout).lines().map(str::to_owned).collect(),
        error: text(output.stderr),
    }
}

/// Every credential of these exchanges, as a line for the program.
pub fn credentials(exchanges: &[Exchange]) -> String {
    let lines: BTreeSet<_> = exchanges.iter().filter_map(credential).collect();
    lines.into_iter().collect()
}

/// The credential of an exchange that has exactly one.
fn credential(exchange: &Exchange) -> Option<String> {
    let request = &exchange.request;
    let credentials: Vec<_> = request
        .headers
        .iter()
        .filter_map(|(name, value)| {
            let value = value.as_str().filter(|value| !value.is_empty())?;
            match name.as_str() {
                "X-Session-Token" => Some(format!("token {value}\n")),
                "Cookie" => Some(format!("cookie {value}\n")),
                "Authorization" => Some(format!("bearer {}\n", value.split_once(' ')?.1)),
                _ => None,
            }
        })
        .collect();
    let is_asked = matches!(request.path.as_str(), "/sessions" | "/sessions/whoami")
        && !exchange.name.starts_with("write/");
    if is_asked { <[String; 1]>::try_from(credentials).ok().map(|[only]| only) } else { None }
}
