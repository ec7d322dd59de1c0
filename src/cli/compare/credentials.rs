//! The credentials to ask with, from a file or standard input.

mod line;

use std::fmt;
use std::fs::File;
use std::io::{self, IsTerminal as _, Read};
use std::path::Path;

use elsewhere::session::SessionToken;
use http::{HeaderName, HeaderValue};

use crate::cli::CliError;
use line::Kind;

const MAX_BYTES: u64 = 1024 * 1024;
const EXPECTED: &str =
    "expected `token TOKEN`, `cookie NAME=VALUE`, `bearer TOKEN` or the header of a request";

/// The origin of a credential, which is its name in the output.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Source {
    NoCredential,
    UnknownToken,
    Line { number: usize, kind: &'static str },
}

impl fmt::Display for Source {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoCredential => formatter.write_str("no credential"),
            Self::UnknownToken => formatter.write_str("unknown token"),
            Self::Line { number, kind } => write!(formatter, "{kind}, line {number}"),
        }
    }
}

/// A credential. It is never printed: the header is sensitive.
pub(super) struct Credential {
    pub source: Source,
    pub header: Option<(HeaderName, HeaderValue)>,
}

impl Credential {
    pub(super) fn none() -> Self {
        Self { source: Source::NoCredential, header: None }
    }

    /// A token that no session has.
    pub(super) fn unknown() -> Self {
        let token = HeaderValue::from_str(SessionToken::random().expose());
        let header = token.ok().map(|token| (Kind::Token.header(), token));
        Self { source: Source::UnknownToken, header }
    }

    pub(super) fn is_cookie(&self) -> bool {
        self.header.as_ref().is_some_and(|(name, _)| *name == Kind::Cookie.header())
    }

    /// Returns true for a cookie whose `=` is percent-encoded.
    pub(super) fn is_encoded_cookie(&self) -> bool {
        self.is_cookie()
            && self.header.as_ref().is_some_and(|(_, value)| {
                value.as_bytes().windows(3).any(|part| part.eq_ignore_ascii_case(b"%3d"))
            })
    }

    /// Reads a line. Errors never contain it.
    fn parse(line: &str, number: usize) -> Option<Self> {
        let (kind, value) = line::parse(line)?;
        let value = if kind == Kind::Bearer { format!("Bearer {value}") } else { value.to_owned() };
        let mut header = HeaderValue::from_str(&value).ok()?;
        header.set_sensitive(true);
        let source = Source::Line { number, kind: kind.name() };
        Some(Self { source, header: Some((kind.header(), header)) })
    }
}

/// Reads the credentials from a file, or from standard input if it is absent or `-`.
pub(super) fn read(file: Option<&Path>) -> Result<Vec<Credential>, CliError> {
    let usage = |problem: String| CliError::Usage(format!("--credentials: {problem}"));
    let read = match file {
        Some(path) if path != Path::new("-") => File::open(path).and_then(read_text),
        None if io::stdin().is_terminal() => {
            return Err(usage("expected a file, or credentials on standard input".to_owned()));
        }
        _ => read_text(io::stdin().lock()),
    };
    let name = file.unwrap_or(Path::new("-")).display();
    let text = read.map_err(|error| usage(format!("cannot read {name}: {error}")))?;
    parse(&text).map_err(usage)
}

fn read_text(source: impl Read) -> io::Result<String> {
    let mut text = String::new();
    source.take(MAX_BYTES + 1).read_to_string(&mut text)?;
    if text.len() as u64 > MAX_BYTES {
        return Err(io::Error::other("expected at most 1 MiB"));
    }
    Ok(text)
}

fn parse(text: &str) -> Result<Vec<Credential>, String> {
    let mut credentials = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let credential = Credential::parse(line, number);
        credentials.push(credential.ok_or_else(|| format!("line {number}: {EXPECTED}"))?);
    }
    if credentials.is_empty() {
        return Err("expected at least one credential".to_owned());
    }
    Ok(credentials)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_named_by_their_lines_and_become_headers() {
        let text =
            "# of ana\ntoken ory_st_a\n\n  cookie theme=dark; s=MTc5==\r\nbearer\tory_st_b\n";
        let credentials = parse(text).unwrap();
        let sent: Vec<_> = credentials
            .iter()
            .map(|credential| {
                let (name, value) = credential.header.as_ref().unwrap();
                assert!(value.is_sensitive());
                (credential.source.to_string(), name.as_str(), value.to_str().unwrap())
            })
            .collect();
        assert_eq!(
            sent,
            [
                ("token, line 2".to_owned(), "x-session-token", "ory_st_a"),
                ("cookie, line 4".to_owned(), "cookie", "theme=dark; s=MTc5=="),
                ("bearer, line 5".to_owned(), "authorization", "Bearer ory_st_b"),
            ]
        );
    }

    #[test]
    fn wrong_line_is_named_by_its_number_only() {
        for line in ["ory_st_secret", "tokens ory_st_secret", "token ory_st_secret two"]
            .into_iter()
            .chain(["cookie secret", "token", "bearer  ", "token ory_\u{1}secret"])
        {
            let Err(problem) = parse(&format!("# one\ntoken a\n{line}\n")) else {
                panic!("{line:?} was accepted");
            };
            assert_eq!(problem, format!("line 3: {EXPECTED}"), "{line:?}");
        }
        assert!(parse("# nothing\n\n").is_err());
    }

    #[test]
    fn percent_encoded_cookie_is_recognised() {
        let of = |line| Credential::parse(line, 1).unwrap().is_encoded_cookie();
        assert!(of("cookie s=MTc5%3D"));
        assert!(!of("cookie s=MTc5="));
        assert!(!of("token a%3D"));
    }
}
