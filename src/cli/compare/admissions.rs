//! The credentials that the servers accept. A comparison without an accepted one proves nothing.

use std::collections::BTreeMap;

use http::StatusCode;

use crate::cli::compare::credentials::Source;
use crate::cli::compare::questions::Question;
use crate::cli::compare::statuses::Statuses;

/// The answers to all questions by credentials of the file.
#[derive(Default)]
pub(super) struct Admissions(BTreeMap<Source, Admission>);

struct Admission {
    /// Both servers answered 401 to every question.
    is_refused: bool,
    /// The servers that accepted the credential at whoami.
    accepted_by: [bool; 2],
}

impl Admissions {
    pub(super) fn add(&mut self, question: &Question, statuses: Statuses) {
        if !matches!(question.source, Source::Line { .. }) {
            return;
        }
        let admission = self
            .0
            .entry(question.source)
            .or_insert(Admission { is_refused: true, accepted_by: [false; 2] });
        let both = [statuses.kratos, statuses.elsewhere];
        admission.is_refused &= both == [StatusCode::UNAUTHORIZED; 2];
        if question.is_whoami() {
            admission.accepted_by = both.map(is_accepted);
        }
    }

    /// The credentials that neither server accepts.
    pub(super) fn refused(&self) -> impl Iterator<Item = Source> {
        self.0.iter().filter(|(_, admission)| admission.is_refused).map(|(source, _)| *source)
    }

    /// An error if there is no credential that both servers accept.
    pub(super) fn require_one(&self) -> Result<(), &'static str> {
        let accepted = || self.0.values().map(|admission| admission.accepted_by);
        if accepted().any(|by| by == [true; 2]) {
            Ok(())
        } else if accepted().any(|by| by != [false; 2]) {
            Err("nothing was compared: no credential is accepted by both servers")
        } else {
            Err("nothing was compared: no credential is accepted by either server")
        }
    }
}

/// 403 asks for a second factor, and so has found a session.
fn is_accepted(status: StatusCode) -> bool {
    matches!(status, StatusCode::OK | StatusCode::FORBIDDEN)
}
