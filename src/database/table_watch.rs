//! The watch over Kratos's tables, because Kratos may migrate them while the service runs.
//!
//! A statement that names a missing column fails, so the columns are looked up when one does. An
//! added column makes nothing fail, so columns that the tables lack are looked for now and then,
//! and by the readiness check. Both replace the layout in use. While a table or column is missing
//! that the service cannot do without, calls fail and the service is not ready.
//!
//! The service's own tables are not watched: their migrations only add.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::{Instant, sleep_until};

use crate::config::{Config, Schema};
use crate::database::driver::Driver;
use crate::database::rights::{Demand, Rights};
use crate::database::schema;
use crate::database::statements::needs;
use crate::database::statements::needs::Features;
use crate::database::table_layout::{CurrentLayout, TableLayout, Tables};
use crate::repository::RepositoryError;

/// Minimum time between two looks, however many calls fail.
const LOOK_INTERVAL: Duration = Duration::from_millis(250);

pub(super) struct TableWatch {
    layout: Arc<CurrentLayout>,
    /// Those for the layout in use.
    rights: RwLock<Arc<Rights>>,
    demand: Demand,
    features: Features,
    /// Locked during a look, so that concurrent calls wait for one and share its result.
    last: Mutex<LastLook>,
}

/// The result of the last look.
#[derive(Default)]
struct LastLook {
    ended: Option<Instant>,
    /// The reason why the tables cannot be used.
    problem: Option<Arc<str>>,
    /// A layout that is not in use, because the database user lacks rights for it.
    without_rights: Option<TableLayout>,
}

impl TableWatch {
    pub(super) fn new(
        layout: Arc<CurrentLayout>,
        rights: Rights,
        demand: Demand,
        config: &Config,
    ) -> Self {
        let (rights, features) = (RwLock::new(Arc::new(rights)), Features::of(config));
        Self { layout, rights, demand, features, last: Mutex::default() }
    }

    pub(super) fn rights(&self) -> Arc<Rights> {
        Arc::clone(&self.rights.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn are_kratos(&self) -> bool {
        self.layout.schema() == Schema::Kratos
    }

    /// Names what is missing, if a call failed because the tables have changed. Returns the same
    /// error if they can be used, with the layout that is in use now.
    pub(super) async fn explain(
        &self,
        driver: &impl Driver,
        failed: RepositoryError,
    ) -> RepositoryError {
        self.look(driver).await.err().unwrap_or(failed)
    }

    /// Looks for missing columns, if there are any.
    pub(super) async fn look_for_migration(
        &self,
        driver: &impl Driver,
    ) -> Result<(), RepositoryError> {
        let is_broken = self.last.lock().await.problem.is_some();
        if is_broken || self.layout.get().is_incomplete() {
            self.look(driver).await
        } else {
            Ok(())
        }
    }

    /// Looks the tables up, and fails if they cannot be used.
    pub(super) async fn look(&self, driver: &impl Driver) -> Result<(), RepositoryError> {
        if !self.are_kratos() {
            return Ok(());
        }
        let asked = Instant::now();
        let mut last = self.last.lock().await;
        if !last.answers(asked) {
            if let Some(ended) = last.ended {
                sleep_until(ended + LOOK_INTERVAL).await;
            }
            let looked = self.look_up(driver, &mut last).await;
            last.ended = Some(Instant::now());
            last.record(looked?);
        }
        match &last.problem {
            None => Ok(()),
            Some(problem) => Err(RepositoryError::Unavailable(String::from(&**problem).into())),
        }
    }

    /// Returns the reason why the tables cannot be used, or adopts their layout.
    async fn look_up(
        &self,
        driver: &impl Driver,
        last: &mut LastLook,
    ) -> Result<Option<String>, RepositoryError> {
        let tables = schema::tables(driver).await?;
        let (before, layout) = (self.layout.get(), TableLayout::of_kratos(&tables));
        if layout == before && self.missing(&tables, layout, &self.rights()).is_empty() {
            return Ok(None);
        }
        // A table may also be hidden, because a right was revoked.
        let rights = Rights::probe(driver, self.features, layout).await?;
        let missing = self.missing(&tables, layout, &rights);
        if !missing.is_empty() {
            return Ok(Some(format!("the tables have changed: missing {}", missing.join(", "))));
        }
        match rights.meet(self.demand) {
            Ok(()) => self.adopt(driver, layout, rights).await.map(|()| None),
            Err(error) if self.missing(&tables, before, &rights).is_empty() => {
                if last.without_rights.replace(layout) != Some(layout) {
                    tracing::warn!(%error, "columns that a migration has added are not read");
                }
                Ok(None)
            }
            Err(error) => Ok(Some(error.to_string())),
        }
    }

    /// The tables and columns that are missing for reading.
    fn missing(&self, tables: &Tables, layout: TableLayout, rights: &Rights) -> Vec<String> {
        let needs = needs::of(self.features, layout);
        let read = needs.filter(|need| need.purpose.is_public() && need.purpose.only_reads());
        schema::missing(tables, read, rights)
    }

    async fn adopt(
        &self,
        driver: &impl Driver,
        layout: TableLayout,
        rights: Rights,
    ) -> Result<(), RepositoryError> {
        let loaded = driver.load_metadata().await;
        loaded.map_err(|error| RepositoryError::Unavailable(error.into()))?;
        *self.rights.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(rights);
        if self.layout.get() != layout {
            self.layout.set(layout);
            let missing: Vec<_> = layout.missing().collect();
            tracing::info!(missing = missing.join(", "), "Kratos has migrated; adopted its tables");
        }
        Ok(())
    }
}

impl LastLook {
    /// Returns whether this result is new enough for a call that asks for one. Known problems are
    /// reported at once, so that clients do not wait for the next look.
    fn answers(&self, asked: Instant) -> bool {
        let is_known = |ended: Instant| self.problem.is_some() && ended.elapsed() < LOOK_INTERVAL;
        self.ended.is_some_and(|ended| ended >= asked || is_known(ended))
    }

    /// Logs when the tables become unusable, and when they can be used again.
    fn record(&mut self, problem: Option<String>) {
        match &problem {
            Some(problem) if self.problem.as_deref() != Some(problem) => {
                tracing::warn!(problem, "tables cannot be used");
            }
            None if self.problem.is_some() => tracing::info!("tables can be used again"),
            _ => {}
        }
        self.problem = problem.map(Arc::from);
    }
}
