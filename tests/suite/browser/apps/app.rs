//! An app with its `elsewhere`, started as their documents describe it, but on free ports.

use std::fs::{self, File};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::support::nginx::{await_listener, free_address};
use crate::support::output::OutputInTime as _;
use crate::support::process::{RunningProcess, ServeProcess, serve_with};

pub const ANA: &str = "ana@example.org";
pub const ANA_ID: &str = "7b1f2c1e-0a50-4d5c-9f0e-1c3a5e7d9b10";
pub const BEN: &str = "ben@example.org";

const TEMPLATE: &str = "SECOND_SERVICE";
const ADDRESS_IN_SETTINGS: &str = "127.0.0.1:3000";

pub struct App {
    pub address: SocketAddr,
    pub origin: String,
    pub password: String,
    admin_token: String,
    pub webhook_secret: String,
    /// The listeners of elsewhere.
    pub public: SocketAddr,
    pub admin: SocketAddr,
    folder: TempDir,
    _running: RunningProcess,
    _elsewhere: RunningProcess,
}

impl App {
    /// Starts the app in this folder of `examples/apps`.
    pub fn start(name: &str, program: &str, arguments: &[&str]) -> Self {
        let apps = std::env::var_os("APPS").map(PathBuf::from);
        let apps = apps.unwrap_or_else(|| panic!("APPS is not set: run `tests/packages`"));
        let folder = tempfile::tempdir().unwrap();
        let password = make_secrets(&apps, &folder);
        let address = free_address();
        let origin = format!("http://{address}");
        let elsewhere = serve(&apps, &folder, address);

        let own = variables(&folder.path().join("secrets/app.env"));
        let [admin_token, webhook_secret] = ["ADMIN_TOKEN", "WEBHOOK_SECRET"]
            .map(|secret| own.iter().find(|(name, _)| name == secret).unwrap().1.clone());
        let log = File::create(folder.path().join("app.log")).unwrap();
        let mut command = Command::new(program);
        command
            .args(arguments)
            .current_dir(apps.join(name))
            .envs(own)
            .env("PORT", address.port().to_string())
            .env("ORIGIN", &origin)
            .env("PUBLIC_URL", format!("http://{}", elsewhere.public))
            .env("ADMIN_URL", format!("http://{}", elsewhere.admin))
            .stdout(log.try_clone().unwrap())
            .stderr(log);
        let child = command.spawn().unwrap_or_else(|error| {
            panic!(
                "`{program}`, which runs the app `{name}`, is missing: {error}; see tests/packages"
            )
        });
        let ServeProcess { running, public, admin, lines, .. } = elsewhere;
        // The pipe of the log never fills.
        std::thread::spawn(move || lines.until_closed().for_each(drop));
        let app = Self {
            address,
            origin,
            password,
            admin_token,
            webhook_secret,
            public,
            admin,
            folder,
            _running: RunningProcess(child),
            _elsewhere: running,
        };
        await_listener(address);
        app
    }

    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.origin)
    }

    /// The header by which the admin API knows the app.
    pub fn bearer(&self) -> String {
        format!("Bearer {}", self.admin_token)
    }
}

impl Drop for App {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let log = fs::read_to_string(self.folder.path().join("app.log"));
            eprintln!("log of the app:\n{}", log.unwrap_or_default());
        }
    }
}

/// Runs `make-secrets`, and returns the password that it prints.
fn make_secrets(apps: &Path, folder: &TempDir) -> String {
    let script = folder.path().join("make-secrets");
    fs::copy(apps.join("make-secrets"), &script).unwrap();
    let made = Command::new("bash").arg(script).output_in_time();
    assert!(made.status.success(), "{made:?}");
    let printed = String::from_utf8(made.stdout).unwrap();
    let (_, password) = printed.split_once("Password: ").unwrap();
    password.trim().to_owned()
}

/// Starts elsewhere with the settings of the apps, for an app with this address, and with a further
/// template of JWTs, which the second service must not accept.
fn serve(apps: &Path, folder: &TempDir, app: SocketAddr) -> ServeProcess {
    let settings = fs::read_to_string(apps.join("elsewhere.toml")).unwrap();
    assert!(settings.contains(ADDRESS_IN_SETTINGS));
    let settings = settings.replace(ADDRESS_IN_SETTINGS, &app.to_string());
    fs::write(folder.path().join("elsewhere.toml"), settings).unwrap();
    let mut secrets = variables(&folder.path().join("secrets/elsewhere.env"));
    let (name, keys) = secrets.iter().find(|(name, _)| name.contains(TEMPLATE)).unwrap();
    secrets.push((name.replace(TEMPLATE, "OTHER"), keys.clone()));
    let secrets: Vec<_> =
        secrets.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    serve_with(folder, &["serve", "--config", "elsewhere.toml"], &secrets)
}

/// The variables of a file, as a shell reads it.
fn variables(file: &Path) -> Vec<(String, String)> {
    let text = fs::read_to_string(file).unwrap();
    let lines = text.lines().map(|line| line.split_once('=').unwrap());
    lines.map(|(name, value)| (name.to_owned(), value.trim_matches('\'').to_owned())).collect()
}
