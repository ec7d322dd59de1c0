//! `elsewhere compare`: asks a running Kratos and a running elsewhere the same questions, and
//! prints the differences between their answers.
//!
//! It is the proof before a route is switched from one to the other. All questions only read. No
//! value of a body, no credential and no value of a header is ever printed.

mod body;
mod client;
mod credentials;
mod difference;
mod findings;
mod headers;
mod hint;
mod json_web_token;
mod known;
mod list_order;
mod names;
mod questions;
mod report;
mod status;

use std::path::PathBuf;

use clap::Args;

use crate::cli::CliError;
use client::{Answer, Client, Server};
use findings::Findings;
use questions::Question;
use report::Report;

const HELP: &str = "\
Credentials are read from a file or from standard input, never from arguments, which other \
processes can see. Each line has one credential; blank lines and lines that begin with # are \
ignored:

  token ory_st_…
  cookie ory_kratos_session=…
  bearer ory_st_…

The questions only read: GET, HEAD, and with --origin a CORS preflight. A session can change \
between two answers, so a difference is reported only if it is there when both are asked again.

Exit code 0: all answers are the same. 1: an answer differs, or a server did not answer. 2: an \
argument or a credential cannot be used.";

#[derive(Args)]
#[command(after_help = HELP)]
pub(super) struct Arguments {
    /// Kratos's public API
    #[arg(long, value_name = "URL")]
    kratos: String,
    /// The public API of elsewhere
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:4433/")]
    elsewhere: String,
    /// File with the credentials; standard input if it is - or, without a terminal, absent
    #[arg(long, value_name = "FILE")]
    credentials: Option<PathBuf>,
    /// Also compare the JWT of this template; repeatable
    #[arg(long, value_name = "NAME")]
    template: Vec<String>,
    /// Also compare the answers to web pages of this origin
    #[arg(long, value_name = "ORIGIN")]
    origin: Option<String>,
    /// File with the certificates of a private authority, in PEM
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
    /// Also print the deliberate differences that were found, with their reasons
    #[arg(long)]
    verbose: bool,
    /// Print one JSON object at the end
    #[arg(long, conflicts_with = "verbose")]
    json: bool,
}

pub(super) async fn run(arguments: Arguments) -> Result<(), CliError> {
    let kratos = Server::new("Kratos", "--kratos", &arguments.kratos)?;
    let elsewhere = Server::new("elsewhere", "--elsewhere", &arguments.elsewhere)?;
    let origin = arguments.origin.as_deref().map(questions::origin).transpose()?;
    let client = Client::new(arguments.ca.as_deref())?;
    let credentials = credentials::read(arguments.credentials.as_deref())?;
    let questions = questions::all(&credentials, &arguments.template, origin.as_ref());

    let mut report = Report::new(arguments.json);
    for question in &questions {
        let findings = compare(&client, [&kratos, &elsewhere], question).await?;
        report.add(question, findings)?;
    }
    report.finish(arguments.verbose)
}

/// Asks both servers. A difference counts if it is there again when both are asked once more.
async fn compare(
    client: &Client,
    servers: [&Server; 2],
    question: &Question,
) -> Result<Findings, CliError> {
    let findings = compare_once(client, servers, question).await?;
    if findings.differences().is_empty() {
        return Ok(findings);
    }
    compare_once(client, servers, question).await
}

async fn compare_once(
    client: &Client,
    [kratos, elsewhere]: [&Server; 2],
    question: &Question,
) -> Result<Findings, CliError> {
    let (kratos, elsewhere) =
        tokio::join!(client.ask(kratos, question), client.ask(elsewhere, question));
    Ok(find(question, &kratos?, &elsewhere?))
}

/// The differences between two answers. If the statuses differ, the rest does, too.
fn find(question: &Question, kratos: &Answer, elsewhere: &Answer) -> Findings {
    let mut found = Findings::default();
    if status::compare(question, kratos, elsewhere, &mut found) {
        headers::compare(question, kratos, elsewhere, &mut found);
        body::compare(&kratos.body, &elsewhere.body, &mut found);
    }
    found
}
