//! The output: for people a line for each question at once, and a summary; for programs one document.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde_json::{Value, json};

use crate::cli::CliError;
use crate::cli::compare::admissions::Admissions;
use crate::cli::compare::findings::Findings;
use crate::cli::compare::hint::Hint;
use crate::cli::compare::known::Known;
use crate::cli::compare::questions::Question;
use crate::cli::compare::recognition::Other;
use crate::cli::output::{count, print_json, print_line};

#[derive(Default)]
pub(super) struct Report {
    same: u64,
    differing: u64,
    /// The number of questions that showed each deliberate difference.
    known: BTreeMap<Known, u64>,
    hints: BTreeSet<Hint>,
    warning: Option<&'static str>,
    admissions: Admissions,
    /// The differing questions of the document. `None` if people read the output.
    document: Option<Vec<Value>>,
}

impl Report {
    pub(super) fn new(json: bool) -> Self {
        Self { document: json.then(Vec::new), ..Self::default() }
    }

    /// Adds the server at `--kratos`, which may be another one than its option says.
    pub(super) fn add_server(&mut self, kratos: Other) -> Result<(), CliError> {
        match kratos {
            Other::LikeKratos => Ok(()),
            Other::Elsewhere => {
                let warning = "the server at --kratos is an elsewhere, too";
                self.warning = Some(warning);
                self.print(format_args!("warning: {warning}"))
            }
            Other::Foreign => {
                self.hints.insert(Hint::PublicApi);
                Ok(())
            }
        }
    }

    pub(super) fn add(&mut self, question: &Question, found: Findings) -> Result<(), CliError> {
        self.admissions.add(question, found.statuses);
        let is_same = found.differences().is_empty();
        *(if is_same { &mut self.same } else { &mut self.differing }) += 1;
        match &mut self.document {
            None => print_question(question, &found)?,
            Some(differing) if !is_same => differing.push(differing_json(question, &found)),
            Some(_) => {}
        }
        for known in found.known {
            *self.known.entry(known).or_default() += 1;
        }
        self.hints.extend(found.hints);
        Ok(())
    }

    /// Prints the summary. An error if an answer differs, or if nothing was compared.
    pub(super) fn finish(self, is_verbose: bool) -> Result<(), CliError> {
        if self.document.is_some() {
            print_json(&self.to_json())?;
        } else {
            self.print_summary(is_verbose)?;
        }
        if self.differing > 0 {
            return Err(CliError::Failed("the answers differ".to_owned()));
        }
        self.admissions.require_one().map_err(|problem| CliError::Failed(problem.to_owned()))
    }

    fn print_summary(&self, is_verbose: bool) -> Result<(), CliError> {
        for source in self.admissions.refused() {
            print_line(format_args!(
                "note: the credential ({source}) admits nobody on either side"
            ))?;
        }
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
            print_line(format_args!("known: {kinds}; --verbose lists them"))?;
        }
        let Self { same, differing, .. } = self;
        let questions = count(same + differing, "question");
        let differ = if *differing == 1 { "differs" } else { "differ" };
        print_line(format_args!("{questions}, {same} same, {differing} {differ}"))
    }

    fn to_json(&self) -> Value {
        let known = |(known, questions): (&Known, &u64)| json!({"reason": known.reason(), "questions": questions});
        json!({
            "questions": self.same + self.differing,
            "same": self.same,
            "differing": self.document,
            "known": self.known.iter().map(known).collect::<Vec<_>>(),
            "hints": self.hints.iter().map(|hint| hint.advice()).collect::<Vec<_>>(),
            "refused_credentials":
                self.admissions.refused().map(|source| source.to_string()).collect::<Vec<_>>(),
            "warning": self.warning,
        })
    }

    /// Prints a line unless the output is a document.
    fn print(&self, line: fmt::Arguments<'_>) -> Result<(), CliError> {
        if self.document.is_some() { Ok(()) } else { print_line(line) }
    }
}

fn print_question(question: &Question, found: &Findings) -> Result<(), CliError> {
    let result = if found.differences().is_empty() { "same   " } else { "DIFFERS" };
    print_line(format_args!("{result} {} {question}", found.statuses))?;
    for difference in found.differences() {
        print_line(format_args!("    {difference}"))?;
    }
    if found.more > 0 {
        print_line(format_args!("    and {} more", found.more))?;
    }
    Ok(())
}

fn differing_json(question: &Question, found: &Findings) -> Value {
    let differences: Vec<_> = found.differences().iter().map(ToString::to_string).collect();
    json!({
        "question": question.to_string(),
        "kratos": found.statuses.kratos.as_u16(),
        "elsewhere": found.statuses.elsewhere.as_u16(),
        "differences": differences,
        "more_differences": found.more,
    })
}
