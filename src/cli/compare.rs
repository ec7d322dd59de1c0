//! `elsewhere compare`: asks a running Kratos and a running elsewhere the same questions, and
//! prints the differences between their answers.
//!
//! It is the proof before a route is switched from one to the other. All questions only read. No
//! value of a body, no credential and no value of a header is ever printed.

mod admissions;
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
mod recognition;
mod report;
mod server;
mod status;
mod statuses;

use std::path::PathBuf;

use clap::Args;

use crate::cli::CliError;
use client::{Answer, Client};
use findings::Findings;
use questions::Question;
use report::Report;
use server::Server;
use statuses::Statuses;

const HELP: &str = "\
Credentials are read from a file or from standard input, never from arguments, which other \
processes can see. Each line has one credential; blank lines and lines that begin with # are \
ignored:

  token ory_st_…
  cookie ory_kratos_session=…
  bearer ory_st_…

Headers of a request, as a browser's developer tools copy them, are credentials, too:

  Cookie: ory_kratos_session=…
  X-Session-Token: ory_st_…
  Authorization: Bearer ory_st_…

If Kratos has tokenizer templates, give each with --template. If web pages of other origins call \
Kratos (CORS), give one of the origins with --origin. Otherwise these answers are not compared.

The questions only read: GET, HEAD, and with --origin a CORS preflight. A session can change \
between two answers, so a difference is reported only if it is there when both are asked again.

Exit code 0: all answers are the same. 1: an answer differs, no credential is accepted, or a \
server did not answer. 2: an argument or a credential cannot be used, or --elsewhere is another \
server.";

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
    /// Also compare the JWT of this template; recommended for each that Kratos has; repeatable
    #[arg(long, value_name = "NAME")]
    template: Vec<String>,
    /// Also compare the answers to web pages of this origin; recommended if Kratos has CORS
    #[arg(long, value_name = "ORIGIN")]
    origin: Option<String>,
    /// File with the certificates of a private authority, in PEM
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
    /// Also print the deliberate differences that were found, with their reasons
    #[arg(long)]
    verbose: bool,
    /// Print the result as JSON
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(arguments: Arguments) -> Result<(), CliError> {
    let kratos = Server::new("Kratos", "--kratos", &arguments.kratos)?;
    let elsewhere = Server::new("elsewhere", "--elsewhere", &arguments.elsewhere)?;
    if kratos.is_same_as(&elsewhere) {
        let problem = "expected another server than the one at --elsewhere, which is";
        return Err(CliError::Usage(format!("--kratos: {problem} {}", elsewhere.url)));
    }
    let origin = arguments.origin.as_deref().map(questions::origin).transpose()?;
    let client = Client::new(arguments.ca.as_deref())?;
    let credentials = credentials::read(arguments.credentials.as_deref())?;
    let questions = questions::all(&credentials, &arguments.template, origin.as_ref());

    let mut report = Report::new(arguments.json);
    report.add_server(recognition::check(&client, [&kratos, &elsewhere]).await?)?;
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
    let (of_kratos, of_elsewhere) = (kratos.status, elsewhere.status);
    let mut found = Findings::new(Statuses { kratos: of_kratos, elsewhere: of_elsewhere });
    if status::compare(question, kratos, elsewhere, &mut found) {
        headers::compare(question, kratos, elsewhere, &mut found);
        body::compare(&kratos.body, &elsewhere.body, &mut found);
    }
    found
}
