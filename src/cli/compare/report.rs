//! The output for people: a line for each question, and a summary.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::io::Write as _;

use crate::cli::CliError;
use crate::cli::compare::admissions::Admissions;
use crate::cli::compare::findings::Findings;
use crate::cli::compare::hint::Hint;
use crate::cli::compare::known::Known;
use crate::cli::compare::questions::Question;
use crate::cli::compare::recognition::Other;

#[derive(Default)]
pub(super) struct Report {
    same: usize,
    differing: usize,
    /// The number of questions that showed each deliberate difference.
    known: BTreeMap<Known, usize>,
    hints: BTreeSet<Hint>,
    admissions: Admissions,
}

impl Report {
    /// Adds the server at `--kratos`, which may be another one than its option says.
    pub(super) fn add_server(&mut self, kratos: Other) -> Result<(), CliError> {
        match kratos {
            Other::LikeKratos => {}
            Other::Elsewhere => {
                let problem = "the server at --kratos is an elsewhere, too";
                writeln!(io::stdout(), "warning: {problem}")?;
            }
            Other::Foreign => {
                self.hints.insert(Hint::PublicApi);
            }
        }
        Ok(())
    }

    pub(super) fn add(&mut self, question: &Question, found: Findings) -> Result<(), CliError> {
        let mut out = io::stdout().lock();
        let statuses = found.statuses;
        self.admissions.add(question, statuses);
        if found.differences().is_empty() {
            self.same += 1;
            writeln!(out, "same    {statuses} {question}")?;
        } else {
            self.differing += 1;
            writeln!(out, "DIFFERS {statuses} {question}")?;
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

    /// Prints the summary. An error if an answer differs, or if nothing was compared.
    pub(super) fn finish(self, is_verbose: bool) -> Result<(), CliError> {
        let mut out = io::stdout().lock();
        for source in self.admissions.refused() {
            writeln!(out, "note: the credential ({source}) admits nobody on either side")?;
        }
        for hint in &self.hints {
            writeln!(out, "hint: {}", hint.advice())?;
        }
        if is_verbose {
            for (known, questions) in &self.known {
                writeln!(out, "known: {} ({})", known.reason(), plural(*questions, "question"))?;
            }
        } else if !self.known.is_empty() {
            let kinds = plural(self.known.len(), "deliberate difference");
            writeln!(out, "known: {kinds}; --verbose lists them")?;
        }
        let Self { same, differing, .. } = self;
        let questions = plural(same + differing, "question");
        let differ = if differing == 1 { "differs" } else { "differ" };
        writeln!(out, "{questions}, {same} same, {differing} {differ}")?;
        if differing > 0 {
            return Err(CliError::Failed("the answers differ".to_owned()));
        }
        self.admissions.require_one().map_err(|problem| CliError::Failed(problem.to_owned()))
    }
}

fn plural(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}
