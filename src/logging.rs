//! Logging: lines on standard error, as text or as JSON.

#[cfg(feature = "otlp")]
pub(crate) mod otlp;
mod panics;
mod queue;
mod writer;

use std::io::{self, IsTerminal as _};

use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::{Layer as _, SubscriberExt as _};
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{fmt, registry};

pub(crate) use panics::text as panic_text;
pub use panics::{log_panics, print_error};
pub(crate) use writer::{AUDIT_TARGET, dropped};
use writer::{Flush, Output};

use crate::config::{Config, ConfigError, LogFormat, LogLevel};

/// Keeps logging alive. Dropping it sends the remaining spans and then writes the remaining
/// lines.
#[must_use]
#[derive(Debug)]
pub struct Logging {
    #[cfg(feature = "otlp")]
    _exporter: Option<otlp::Exporter>,
    _flush: Option<Flush>,
}

/// Starts logging for a service. Log calls never wait for the reader of the lines. Call it
/// once, from the program. Audit records are written at any level.
pub fn start(config: &Config) -> Result<Logging, ConfigError> {
    let flush = writer::start().map_err(|error| ConfigError(format!("log: {error}")))?;
    start_with(config, Output::Queued, Some(flush))
}

/// Starts logging for a command that a person runs. No line is dropped.
pub fn start_for_command(config: &Config) -> Result<Logging, ConfigError> {
    start_with(config, Output::Direct, None)
}

#[cfg_attr(
    not(feature = "otlp"),
    expect(clippy::unnecessary_wraps, reason = "only an exporter can fail to start")
)]
fn start_with(
    config: &Config,
    output: Output,
    flush: Option<Flush>,
) -> Result<Logging, ConfigError> {
    let level = match config.log.level {
        LogLevel::Error => LevelFilter::ERROR,
        LogLevel::Warn => LevelFilter::WARN,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Debug => LevelFilter::DEBUG,
        LogLevel::Trace => LevelFilter::TRACE,
    };
    let lines = fmt::layer().with_writer(output).log_internal_errors(false);
    let lines = match config.log.format {
        LogFormat::Text => lines.with_ansi(io::stderr().is_terminal()).boxed(),
        // The request's span is the only one, so a list of spans is not needed.
        LogFormat::Json => lines.json().flatten_event(true).with_span_list(false).boxed(),
    };
    // The filter comes before all layers, so that disabled events are determined once per
    // call site instead of at each event.
    let lines = registry().with(filter(level)).with(lines);
    #[cfg(not(feature = "otlp"))]
    lines.init();
    #[cfg(feature = "otlp")]
    let exporter = {
        let exporter = config.traces.endpoint.as_ref().map(otlp::Exporter::start).transpose();
        let exporter =
            exporter.map_err(|error| ConfigError(format!("traces.endpoint: {error}")))?;
        let own = Targets::new().with_target(env!("CARGO_PKG_NAME"), LevelFilter::ERROR);
        lines.with(exporter.as_ref().map(|exporter| exporter.layer().with_filter(own))).init();
        exporter
    };
    Ok(Logging {
        #[cfg(feature = "otlp")]
        _exporter: exporter,
        _flush: flush,
    })
}

/// Passes our own lines at `level`, and only warnings and errors of libraries: nobody has
/// reviewed what else they log.
fn filter(level: LevelFilter) -> Targets {
    Targets::new()
        .with_default(level.min(LevelFilter::WARN))
        .with_target(env!("CARGO_PKG_NAME"), level)
        .with_target(AUDIT_TARGET, LevelFilter::INFO)
        // These quote URL parameters and lines of password files.
        .with_target("sqlx_postgres::options", LevelFilter::OFF)
        // Notices of the server and its triggers may contain data of rows.
        .with_target("sqlx::postgres::notice", LevelFilter::OFF)
}
