//! `elsewhere demo`: sample users in a new database, and calls to paste.

mod fixtures;

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use elsewhere::authentication::CookieCodec;
use elsewhere::clock::Clock;
use elsewhere::config::{Config, Listen};
use elsewhere::database;
use elsewhere::event::{Actor, Change};
use elsewhere::pagination::{Cursor, PageRequest, PageSize};
use elsewhere::repository::SessionRepository;
use elsewhere::server::{Listener, Listeners};
use elsewhere::session::SessionToken;

use crate::cli::CliError;
use crate::cli::output::print_line;
use crate::cli::serve;
use crate::cli::serve::Signals;
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

    let config = settings(&file, &listeners.public)?;
    let signers = serve::signers(&config)?;
    // Before the calls say how to stop.
    let signals = Signals::new()?;
    let repository = database::open(&config).await?;
    let clock = Clock::system();
    let people = fixtures::invent(clock.now());
    let calls = Calls {
        url: config.server.base_url.at("sessions"),
        page: config.server.base_url.at("ui/sessions"),
        admin: listeners.admin.to_string(),
        cookies: CookieCodec::new(&config),
        file: &file,
    };
    let prepared = async {
        store(&*repository, &people, &clock).await?;
        calls.print(&people, &*repository, &clock).await
    };
    if let Err(error) = prepared.await {
        repository.close().await;
        return Err(error);
    }
    serve::run_on(listeners, repository, signers, Arc::default(), &config, signals).await
}

async fn store(
    repository: &dyn SessionRepository,
    people: &[Person],
    clock: &Clock,
) -> Result<(), CliError> {
    for person in people {
        let change = Change::issue(Actor::CommandLine, clock.now());
        repository.issue(person.id, &person.identity, &person.sessions, &change).await?;
        for (session, at) in person.activity() {
            repository.note_activity(&[session], at).await?;
        }
    }
    Ok(())
}

/// The defaults, except for the database, the public URL, the delay at shutdown and a random
/// cookie secret.
fn settings(file: &Path, public: &Listener) -> Result<Config, CliError> {
    let file = file
        .to_str()
        .ok_or_else(|| CliError::Usage("--database: expected a UTF-8 path".to_owned()))?;
    let url = format!("sqlite://{}", file.replace('%', "%25").replace('?', "%3F"));
    let environment = BTreeMap::from([
        ("ELSEWHERE_DATABASE__URL".to_owned(), url),
        ("ELSEWHERE_SERVER__BASE_URL".to_owned(), format!("http://{public}/")),
        // Nobody wants to wait for a demo to stop.
        ("ELSEWHERE_SERVER__SHUTDOWN_DELAY".to_owned(), String::new()),
        (
            "ELSEWHERE_SESSION__COOKIE_SECRETS".to_owned(),
            SessionToken::random().expose().to_owned(),
        ),
    ]);
    Ok(Config::load(None, &environment)?)
}

/// The calls to paste.
struct Calls<'a> {
    url: String,
    page: String,
    admin: String,
    cookies: CookieCodec,
    file: &'a Path,
}

impl Calls<'_> {
    async fn print(
        &self,
        people: &[Person],
        repository: &dyn SessionRepository,
        clock: &Clock,
    ) -> Result<(), CliError> {
        let [ana, .., robin] = people else {
            return Err(io::Error::other("the demo has no users").into());
        };
        let now = clock.now();
        let (url, admin) = (&self.url, &self.admin);
        let token = ana.sessions[0].token.expose();
        let robin_token = &robin.sessions[0].token;
        let first_page = PageRequest { size: PageSize::new(5), start: Cursor::Beginning };
        let second_page = repository
            .others(robin_token, first_page, now)
            .await?
            .and_then(|listing| listing.others.next?.to_token())
            .unwrap_or_default();
        let cookie =
            self.cookies.seal(&ana.sessions[1].token, ana.sessions[1].session.expires_at, now);
        let sessions: usize = people.iter().map(|person| person.sessions.len()).sum();
        print_line(format_args!(
            "\
{people} users with {sessions} sessions, in {file}

Where else is Ana signed in? Her phone's app asks with its session token:
  curl -s {url} -H 'X-Session-Token: {token}'

Her browser asks with its session cookie:
  curl -s {url} -H 'Cookie: {cookie_name}={cookie}'

The same as a page in a browser: open {page}, which says that nobody is signed in,
paste this into the browser's console (F12), and reload the page:
  document.cookie = '{cookie_name}={cookie}; path=/'

Robin has many sessions. A page of five of them; the Link header has the next page:
  curl -si '{url}?page_size=5' -H 'X-Session-Token: {robin_token}'

The next page:
  curl -si '{url}?page_size=5&page_token={second_page}' -H 'X-Session-Token: {robin_token}'

Without a credential:
  curl -s {url}

Who is the caller? A gateway asks this for each request:
  curl -s {url}/whoami -H 'X-Session-Token: {token}'

A new session for Ana, as a login system issues it with the admin API:
  curl -s http://{admin}/admin/identities/{ana}/sessions -H 'Content-Type: application/json' -d '{{\"authentication_methods\":[{{\"method\":\"password\",\"aal\":\"aal1\"}}]}}'

All of Ana's sessions, as operators see them:
  curl -s http://{admin}/admin/identities/{ana}/sessions

Ana signs out everywhere else:
  curl -s -X DELETE {url} -H 'X-Session-Token: {token}'

Stop with Ctrl-C.",
            ana = ana.id,
            people = people.len(),
            file = self.file.display(),
            page = self.page,
            cookie_name = self.cookies.name(),
            cookie = cookie.unwrap_or_default(),
            robin_token = robin_token.expose(),
        ))
    }
}
