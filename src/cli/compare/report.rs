//! The output: a line for each question and a summary, or one JSON object.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::cli::CliError;
use crate::cli::compare::findings::Findings;
use crate::cli::compare::hint::Hint;
use crate::cli::compare::known::Known;
use crate::cli::compare::questions::Question;
use crate::cli::output::{count, print_json, print_line};

#[derive(Default)]
pub(super) struct Report {
    same: u64,
    /// The questions with other answers, as JSON.
    differing: Vec<Value>,
    /// The number of questions that showed each deliberate difference.
    known: BTreeMap<Known, u64>,
    hints: BTreeSet<Hint>,
    is_json: bool,
}

impl Report {
    pub(super) fn new(is_json: bool) -> Self {
        Self { is_json, ..Self::default() }
    }

    pub(super) fn add(&mut self, question: &Question, found: Findings) -> Result<(), CliError> {
        let differences: Vec<_> = found.differences().iter().map(ToString::to_string).collect();
        if !self.is_json {
            print_findings(question, &differences, found.more)?;
        }
        if differences.is_empty() {
            self.same += 1;
        } else {
            self.differing.push(json!({
                "question": question.to_string(),
                "differences": differences,
                "more": found.more,
            }));
        }
        for known in found.known {
            *self.known.entry(known).or_default() += 1;
        }
        self.hints.extend(found.hints);
        Ok(())
    }

    /// Prints the summary. An error if an answer differs.
    pub(super) fn finish(self, is_verbose: bool) -> Result<(), CliError> {
        if self.is_json {
            print_json(&self.as_json())?;
        } else {
            self.print_summary(is_verbose)?;
        }
        if self.differing.is_empty() {
            return Ok(());
        }
        Err(CliError::Failed("the answers differ".to_owned()))
    }

    fn print_summary(&self, is_verbose: bool) -> Result<(), CliError> {
        for hint in &self.hints {
            print_line(format_args!("hint: {}", hint.advice()))?;
        }
        if is_verbose {
            for (known, questions) in &self.known {
                let questions = count(*questions, "question");
                print_line(format_args!("known: {} ({questions})", known.reason()))?;
            }
        } else if !self.known.is_empty() {
            let kinds = count(self.known.len() as u64, "deliberate difference");
            let pronoun = if self.known.len() == 1 { "it" } else { "them" };
            print_line(format_args!("known: {kinds}; --verbose lists {pronoun}"))?;
        }
        let (same, differing) = (self.same, self.differing.len() as u64);
        let questions = count(same + differing, "question");
        let verb = if differing == 1 { "differs" } else { "differ" };
        print_line(format_args!("{questions}, {same} same, {differing} {verb}"))
    }

    fn as_json(&self) -> Value {
        let known = self.known.iter();
        let known = known
            .map(|(known, questions)| json!({"reason": known.reason(), "questions": questions}));
        json!({
            "questions": self.same + self.differing.len() as u64,
            "same": self.same,
            "differing": self.differing,
            "known": known.collect::<Vec<_>>(),
            "hints": self.hints.iter().map(|hint| hint.advice()).collect::<Vec<_>>(),
        })
    }
}

fn print_findings(
    question: &Question,
    differences: &[String],
    more: usize,
) -> Result<(), CliError> {
    let verdict = if differences.is_empty() { "same   " } else { "DIFFERS" };
    print_line(format_args!("{verdict} {question}"))?;
    for difference in differences {
        print_line(format_args!("    {difference}"))?;
    }
    if more > 0 {
        print_line(format_args!("    and {more} more"))?;
    }
    Ok(())
}
