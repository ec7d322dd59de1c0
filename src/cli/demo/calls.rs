//! The calls that the demo prints, to paste into a shell.

use std::io;
use std::path::Path;

use elsewhere::authentication::CookieCodec;
use elsewhere::clock::Clock;
use elsewhere::config::Config;
use elsewhere::pagination::{Cursor, PageRequest, PageSize};
use elsewhere::repository::SessionRepository;
use elsewhere::server::Listeners;

use crate::cli::CliError;
use crate::cli::demo::fixtures::Person;
use crate::cli::output::print_line;

/// The addresses and credentials that the calls need.
pub(super) struct Calls<'a> {
    index: String,
    url: String,
    /// The address of the admin API, for this machine.
    admin: String,
    /// The header that the admin API demands, with a space before it.
    admin_token: String,
    cookies: CookieCodec,
    file: &'a Path,
}

impl<'a> Calls<'a> {
    pub(super) fn new(
        config: &Config,
        listeners: &Listeners,
        admin_token: Option<&str>,
        file: &'a Path,
    ) -> Self {
        let base_url = &config.server.base_url;
        let header = |token| format!(" -H 'Authorization: Bearer {token}'");
        Self {
            index: base_url.at(""),
            url: base_url.at("sessions"),
            admin: super::as_seen_here(&listeners.admin),
            admin_token: admin_token.map(header).unwrap_or_default(),
            cookies: CookieCodec::new(config),
            file,
        }
    }

    pub(super) async fn print(
        &self,
        people: &[Person],
        repository: &dyn SessionRepository,
        clock: &Clock,
    ) -> Result<(), CliError> {
        let [ana, .., robin] = people else {
            return Err(io::Error::other("the demo has no users").into());
        };
        let now = clock.now();
        let Self { index, url, admin, admin_token, .. } = self;
        let token = ana.sessions[0].token.expose();
        let robin_token = &robin.sessions[0].token;
        let first_page = PageRequest { size: PageSize::new(5), start: Cursor::Beginning };
        let second_page = repository
            .others(robin_token, first_page, now)
            .await?
            .and_then(|listing| listing.others.next?.to_token())
            .unwrap_or_default();
        let in_browser = &ana.sessions[1];
        let cookie = self.cookies.seal(&in_browser.token, in_browser.session.expires_at, now);
        let sessions: usize = people.iter().map(|person| person.sessions.len()).sum();
        print_line(format_args!(
            "\
{people} users with {sessions} sessions, in {file}

Open {index} in a browser, sign in with a click, and see the sessions page.
This link signs in as Ana, whose page has a few sessions; as=robin has many:
  {index}demo/sign-in?as=ana

Where else is Ana signed in? Her phone's app asks with its session token:
  curl -s {url} -H 'X-Session-Token: {token}'

Her browser asks with its session cookie:
  curl -s {url} -H 'Cookie: {cookie_name}={cookie}'

Robin has many sessions. A page of five of them; the Link header has the next page:
  curl -si '{url}?page_size=5' -H 'X-Session-Token: {robin_token}'

The next page:
  curl -si '{url}?page_size=5&page_token={second_page}' -H 'X-Session-Token: {robin_token}'

Without a credential:
  curl -s {url}

Who is the caller? A gateway asks this for each request:
  curl -s {url}/whoami -H 'X-Session-Token: {token}'

A new session for Ana, as a login system issues it with the admin API:
  curl -s http://{admin}/admin/identities/{ana}/sessions{admin_token} -H 'Content-Type: application/json' -d '{{\"authentication_methods\":[{{\"method\":\"password\",\"aal\":\"aal1\"}}]}}'

All of Ana's sessions, as operators see them:
  curl -s http://{admin}/admin/identities/{ana}/sessions{admin_token}

Ana signs out everywhere else:
  curl -s -X DELETE {url} -H 'X-Session-Token: {token}'

Stop with Ctrl-C.",
            ana = ana.id,
            people = people.len(),
            file = self.file.display(),
            cookie_name = self.cookies.name(),
            cookie = cookie.unwrap_or_default(),
            robin_token = robin_token.expose(),
        ))
    }
}
