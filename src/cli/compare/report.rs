//! The output for people: a line for each question, and a summary.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::io::Write as _;

use crate::cli::CliError;
use crate::cli::compare::findings::Findings;
use crate::cli::compare::hint::Hint;
use crate::cli::compare::known::Known;
use crate::cli::compare::questions::Question;

#[derive(Default)]
pub(super) struct Report {
    same: usize,
    differing: usize,
    /// The number of questions that showed each deliberate difference.
    known: BTreeMap<Known, usize>,
    hints: BTreeSet<Hint>,
}

impl Report {
    pub(super) fn add(&mut self, question: &Question, found: Findings) -> Result<(), CliError> {
        let mut out = io::stdout().lock();
        if found.differences().is_empty() {
            self.same += 1;
            writeln!(out, "same    {question}")?;
        } else {
            self.differing += 1;
            writeln!(out, "DIFFERS {question}")?;
        }
        for difference in found.differences() {
            writeln!(out, "    {difference}")?;
        }
        if found.more > 0 {
            writeln!(out, "    and {} more", found.more)?;
        }
        for known in found.known {
            *self.known.entry(known).or_default() += 1;
        }
        self.hints.extend(found.hints);
        Ok(())
    }

    /// Prints the summary. An error if an answer differs.
    pub(super) fn finish(self, is_verbose: bool) -> Result<(), CliError> {
        let mut out = io::stdout().lock();
        for hint in &self.hints {
            writeln!(out, "hint: {}", hint.advice())?;
        }
        if is_verbose {
            for (known, questions) in &self.known {
                writeln!(out, "known: {} ({questions} questions)", known.reason())?;
            }
        } else if !self.known.is_empty() {
            let kinds = self.known.len();
            writeln!(out, "known: {kinds} deliberate differences; --verbose lists them")?;
        }
        let Self { same, differing, .. } = self;
        writeln!(out, "{} questions, {same} same, {differing} differs", same + differing)?;
        if differing > 0 {
            return Err(CliError::Failed("the answers differ".to_owned()));
        }
        Ok(())
    }
}
