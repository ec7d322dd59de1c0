//! The settings file that is written: comments about Kratos's file, then sections of settings.

use std::fmt;
use std::fmt::Write as _;

use crate::kratos_config::placeholder;

/// The settings, and the remarks that precede them.
pub(super) struct Output {
    name: String,
    uncarried: Vec<String>,
    to_check: Vec<String>,
    refused: Vec<String>,
    /// The path of the section that is being written.
    section: String,
    settings: String,
}

impl Output {
    /// An empty file for a Kratos configuration of this name.
    pub fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            uncarried: Vec::new(),
            to_check: Vec::new(),
            refused: Vec::new(),
            section: String::new(),
            settings: String::new(),
        }
    }

    /// Remarks that something of Kratos's file is not in the settings.
    pub fn uncarried(&mut self, remark: impl Into<String>) {
        self.uncarried.push(remark.into());
    }

    /// Remarks that the operator has something to complete or to check.
    pub fn check(&mut self, remark: impl Into<String>) {
        self.to_check.push(remark.into());
    }

    /// Remarks that our own parser does not accept what was written.
    pub fn refused(&mut self, problem: String) {
        self.refused.push(problem);
    }

    /// Begins a section. A section without settings is harmless.
    pub fn section(&mut self, path: &[&str]) {
        let path: Vec<_> = path.iter().map(|key| bare_or_quoted(key)).collect();
        self.section = path.join(".");
        self.line(&format!("\n[{}]", self.section));
    }

    pub fn text(&mut self, key: &str, text: &str) {
        self.mark_placeholder(key, &[text]);
        self.line(&format!("{key} = {}", quoted(text)));
    }

    pub fn texts(&mut self, key: &str, texts: &[&str]) {
        self.mark_placeholder(key, texts);
        let items: Vec<_> = texts.iter().map(|text| quoted(text)).collect();
        self.line(&format!("{key} = [{}]", items.join(", ")));
    }

    pub fn flag(&mut self, key: &str, flag: bool) {
        self.line(&format!("{key} = {flag}"));
    }

    /// Kratos's value, or its default if the file has none, which a comment says.
    pub fn text_or_default(&mut self, key: &str, text: Option<&str>, default: &str) {
        match text {
            Some(text) => self.text(key, text),
            None => self.line(&format!("{key} = {} # Kratos's default", quoted(default))),
        }
    }

    fn mark_placeholder(&mut self, key: &str, texts: &[&str]) {
        if texts.iter().any(|text| placeholder::is_in(text)) {
            self.check(format!(
                "{}.{key} looks like a placeholder, which a tool replaces before Kratos reads its \
                 configuration. Put the real value in its place.",
                self.section
            ));
        }
    }

    fn line(&mut self, line: &str) {
        self.settings.push_str(line);
        self.settings.push('\n');
    }
}

impl fmt::Display for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = one_line(&self.name);
        writeln!(f, "# This file contains secrets: keep it unreadable for others.")?;
        writeln!(f, "#\n# Settings of elsewhere beside the Kratos of {name}.")?;
        writeln!(f, "# Kratos also reads its environment, which takes precedence over its files:")?;
        writeln!(f, "# DSN, SECRETS_COOKIE, SESSION_LIFESPAN, SERVE_PUBLIC_BASE_URL,")?;
        writeln!(
            f,
            "# SELFSERVICE_METHODS_CODE_MFA_ENABLED and so on. Such values are not in here."
        )?;
        remarks(f, "Refused by elsewhere as it is. Correct this first:", &self.refused)?;
        remarks(f, "To complete or to check:", &self.to_check)?;
        remarks(f, "Not carried over:", &self.uncarried)?;
        f.write_str(&self.settings)
    }
}

fn remarks(f: &mut fmt::Formatter<'_>, heading: &str, remarks: &[String]) -> fmt::Result {
    if remarks.is_empty() {
        return Ok(());
    }
    writeln!(f, "#\n# {heading}")?;
    remarks.iter().try_for_each(|remark| writeln!(f, "# - {}", one_line(remark)))
}

/// A text that cannot leave the line of its comment.
fn one_line(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect()
}

/// A TOML key: bare if its characters allow it.
pub(super) fn bare_or_quoted(key: &str) -> String {
    let bare = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    if !key.is_empty() && key.bytes().all(bare) { key.to_owned() } else { quoted(key) }
}

/// A basic string of TOML, on one line (<https://toml.io/en/v1.0.0#string>).
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for letter in text.chars() {
        // Writing to a String cannot fail.
        let _ = match letter {
            '"' | '\\' => write!(quoted, "\\{letter}"),
            letter if letter.is_control() => write!(quoted, "\\u{:04x}", u32::from(letter)),
            letter => write!(quoted, "{letter}"),
        };
    }
    quoted.push('"');
    quoted
}
