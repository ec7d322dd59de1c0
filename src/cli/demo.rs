//! `elsewhere demo`: sample users in a new database, a page to click, and calls to paste.

mod calls;
mod fixtures;
mod site;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use elsewhere::clock::Clock;
use elsewhere::config::{Config, Listen};
use elsewhere::database;
use elsewhere::event::{Actor, Change};
use elsewhere::logging;
use elsewhere::repository::SessionRepository;
use elsewhere::server::{Listener, Listeners};
use elsewhere::session::SessionToken;

use crate::cli::CliError;
use crate::cli::serve;
use crate::cli::serve::{Prepared, Signals};
use calls::Calls;
use fixtures::Person;

pub(super) async fn run(database: Option<PathBuf>, listen: SocketAddr) -> Result<(), CliError> {
    let admin = SocketAddr::new(listen.ip(), listen.port().checked_add(1).unwrap_or(0));
    let admin = if listen.port() == 0 { listen } else { admin };
    let (public, admin) = (Listen::Tcp(listen), Listen::Tcp(admin));
    let listeners = Listeners::bind(&public, &admin).map_err(|error| {
        CliError::Usage(format!("{error}; try another port: demo --listen {}:5433", listen.ip()))
    })?;
    // Deleted when the demo ends.
    let folder = tempfile::Builder::new().prefix("elsewhere-demo-").tempdir()?;
    let file = database.unwrap_or_else(|| folder.path().join("demo.sqlite"));
    if file.exists() {
        let problem = format!("--database: {} already exists; name a new file", file.display());
        return Err(CliError::Usage(problem));
    }
    // Others than this machine can connect, so that the admin API needs a token.
    let admin_token = (!listeners.admin.is_local()).then(SessionToken::random);
    let admin_token = admin_token.as_ref().map(SessionToken::expose);

    let config = settings(&file, &listeners.public, admin_token)?;
    let signers = serve::signers(&config)?;
    // Before the calls say how to stop.
    let signals = Signals::new()?;
    let repository = database::open(&config).await?;
    let clock = Clock::system();
    let people = fixtures::invent(clock.now());
    let calls = Calls::new(&config, &listeners, admin_token, &file);
    let stored = async {
        store(&*repository, &people, &clock).await?;
        calls.print(&people, &*repository, &clock).await
    };
    if let Err(error) = stored.await {
        repository.close().await;
        return Err(error);
    }
    // Request lines from here on. Those of the migrations would hide the calls.
    let _logging = logging::start(&config)?;
    let further = site::routes(&people);
    let places = Arc::default();
    let prepared = Prepared { listeners, repository, signers, places, further };
    serve::run_on(prepared, &config, signals).await
}

async fn store(
    repository: &dyn SessionRepository,
    people: &[Person],
    clock: &Clock,
) -> Result<(), CliError> {
    for person in people {
        // In parts, because each call has a time limit, also on a busy machine.
        for sessions in person.sessions.chunks(50) {
            let change = Change::issue(Actor::CommandLine, clock.now());
            repository.issue(person.id, &person.identity, sessions, &change).await?;
        }
        for (session, at) in person.activity() {
            repository.note_activity(&[session], at).await?;
        }
    }
    Ok(())
}

/// The defaults, except for the database, the public URL, the page, the delay at shutdown, random
/// secrets, and pages of this machine, which may call with cookies.
fn settings(file: &Path, public: &Listener, admin_token: Option<&str>) -> Result<Config, CliError> {
    let file = file
        .to_str()
        .ok_or_else(|| CliError::Usage("--database: expected a UTF-8 path".to_owned()))?;
    let base_url = format!("http://{}/", as_seen_here(public));
    let secret = SessionToken::random();
    let settings = [
        ("DATABASE__URL", format!("sqlite://{}", file.replace('%', "%25").replace('?', "%3F"))),
        // Nobody wants to wait for a demo to stop.
        ("SERVER__SHUTDOWN_DELAY", String::new()),
        ("SESSION__COOKIE_SECRETS", secret.expose().to_owned()),
        ("ADMIN__TOKENS", admin_token.unwrap_or_default().to_owned()),
        ("CORS__ALLOWED_ORIGINS", "http://localhost:*,http://127.0.0.1:*".to_owned()),
        ("UI__NAME", "The demo".to_owned()),
        ("UI__ACCOUNT_TRAIT", "email".to_owned()),
        ("UI__SIGN_IN_URL", base_url.clone()),
        ("UI__HOME_URL", base_url.clone()),
        ("SERVER__BASE_URL", base_url),
    ];
    let settings = settings.map(|(name, value)| (format!("ELSEWHERE_{name}"), value));
    Ok(Config::load(None, &BTreeMap::from(settings))?)
}

/// The address at which this machine itself reaches a listener, which may listen on all addresses.
fn as_seen_here(listener: &Listener) -> String {
    let address = listener.to_string();
    match address.parse::<SocketAddr>() {
        Ok(address) if address.ip().is_unspecified() => format!("localhost:{}", address.port()),
        _ => address,
    }
}
