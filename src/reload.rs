//! Values that are made from files, and made again when the files change: certificates and the
//! keys of JWTs.

use std::convert::Infallible;
use std::fmt;
use std::fs;
use std::fs::File;
use std::io;
use std::io::Read as _;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use futures_util::future;
use secrecy::SecretSlice;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::task::spawn_blocking;
use tokio::time::{MissedTickBehavior, interval};

use crate::config::{ConfigError, Source};

/// The interval at which the files are checked for changes.
const CHECK_INTERVAL: Duration = Duration::from_secs(2);

/// Files, and the value that they make.
pub(crate) trait Files: Send + Sync {
    /// The contents of all files.
    type Contents: PartialEq + Send + Sync;
    type Value: Send + Sync;

    /// The setting that names the files, for the log.
    fn section(&self) -> &str;

    fn read(&self) -> Result<Self::Contents, ConfigError>;

    fn make(&self, contents: &Self::Contents) -> Result<Self::Value, ConfigError>;
}

/// The current value of files.
pub(crate) struct Reloaded<F: Files> {
    files: F,
    active: RwLock<Active<F>>,
    last_problem: Mutex<Option<ConfigError>>,
}

struct Active<F: Files> {
    contents: F::Contents,
    value: Arc<F::Value>,
}

impl<F: Files> Reloaded<F> {
    /// Reads the files for the first time.
    pub(crate) fn new(files: F) -> Result<Self, ConfigError> {
        let contents = files.read()?;
        let value = Arc::new(files.make(&contents)?);
        let active = RwLock::new(Active { contents, value });
        Ok(Self { files, active, last_problem: Mutex::default() })
    }

    pub(crate) fn files(&self) -> &F {
        &self.files
    }

    pub(crate) fn current(&self) -> Arc<F::Value> {
        Arc::clone(&self.active.read().unwrap_or_else(PoisonError::into_inner).value)
    }

    /// Makes the value of changed files the current one. Returns whether they changed. Unusable
    /// files, such as a certificate whose key is not there yet, leave the current value in use.
    fn refresh(&self) -> Result<bool, ConfigError> {
        let contents = self.files.read()?;
        if self.active.read().unwrap_or_else(PoisonError::into_inner).contents == contents {
            return Ok(false);
        }
        let value = Arc::new(self.files.make(&contents)?);
        *self.active.write().unwrap_or_else(PoisonError::into_inner) = Active { contents, value };
        Ok(true)
    }
}

impl<F: Files> fmt::Debug for Reloaded<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reloaded").field("section", &self.files.section()).finish_non_exhaustive()
    }
}

/// A value that can be reloaded, whatever its type.
pub trait Reload: Send + Sync {
    /// Refreshes and logs the result. A problem is logged if it is new, or if forced (SIGHUP).
    fn reload(&self, is_forced: bool);
}

impl<F: Files> Reload for Reloaded<F> {
    fn reload(&self, is_forced: bool) {
        let refreshed = self.refresh();
        let section = self.files.section();
        let mut last = self.last_problem.lock().unwrap_or_else(PoisonError::into_inner);
        match &refreshed {
            Ok(true) => tracing::info!(section, "files reloaded"),
            Err(problem) if is_forced || last.as_ref() != Some(problem) => {
                tracing::warn!(%problem, "failed to reload files; keeping their previous contents");
            }
            // Unchanged files, or a problem that is logged already.
            Ok(false) | Err(_) => {}
        }
        *last = refreshed.err();
    }
}

/// Checks all files every [`CHECK_INTERVAL`] and on SIGHUP. Never completes. Each file set has a
/// loop of its own, so that a disk that does not respond holds up no others.
pub fn keep_fresh(
    all: Vec<Arc<dyn Reload>>,
) -> io::Result<impl Future<Output = Infallible> + use<>> {
    let loops =
        all.into_iter().map(|files| Ok(keep_one_fresh(files, signal(SignalKind::hangup())?)));
    let loops = loops.collect::<io::Result<Vec<_>>>()?;
    Ok(async {
        future::join_all(loops).await;
        future::pending().await
    })
}

async fn keep_one_fresh(files: Arc<dyn Reload>, mut hangups: Signal) -> Infallible {
    let mut ticks = interval(CHECK_INTERVAL);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let is_forced = tokio::select! {
            _ = hangups.recv() => true,
            _ = ticks.tick() => false,
        };
        let files = Arc::clone(&files);
        let _ = spawn_blocking(move || files.reload(is_forced)).await;
    }
}

/// Reads content that is in the settings, or in a file.
pub(crate) fn read_source(source: &Source) -> Result<SecretSlice<u8>, String> {
    match source {
        Source::Inline(content) => Ok(content.clone()),
        Source::File(path) => read_regular_file(path)
            .map(SecretSlice::from)
            .map_err(|error| format!("cannot read {}: {error}", path.display())),
    }
}

/// Reads a file of at most 1 MiB. Other kinds, such as pipes, could block for ever.
pub(crate) fn read_regular_file(path: &Path) -> io::Result<Vec<u8>> {
    const MAX_LENGTH: u64 = 1024 * 1024;
    let refused = |problem: &str| Err(io::Error::other(format!("it is {problem}")));
    if !fs::metadata(path)?.is_file() {
        return refused("not a regular file");
    }
    let mut content = Vec::new();
    File::open(path)?.take(MAX_LENGTH + 1).read_to_end(&mut content)?;
    if content.len() as u64 > MAX_LENGTH {
        refused("larger than 1 MiB")
    } else {
        Ok(without_mark(content))
    }
}

/// Content without the byte order mark with which some editors begin a file.
fn without_mark(mut content: Vec<u8>) -> Vec<u8> {
    const BYTE_ORDER_MARK: [u8; 3] = [0xef, 0xbb, 0xbf];
    if content.starts_with(&BYTE_ORDER_MARK) {
        content.drain(..BYTE_ORDER_MARK.len());
    }
    content
}
