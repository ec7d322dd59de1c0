//! The watch over Kratos's tables, because Kratos may migrate them while the service runs.
//!
//! A statement that names a missing column fails, so the columns are looked up when one does. An
//! added column makes nothing fail, so columns that the tables lack are looked for now and then,
//! and by the readiness check. Both replace the layout in use. While a table or column is missing
//! that the service cannot do without, or has a type that it cannot read, calls fail and the
//! service is not ready. Trial reads find such types.
//!
//! The service's own tables are not watched: their migrations only add.

use std::sync::{Arc, PoisonError, RwLock};

use tokio::sync::Mutex;

use crate::config::{Config, Schema};
use crate::database::driver::Driver;
use crate::database::driver_error::{is_forbidden, is_table_change};
use crate::database::inconsistent_row::MistypedColumn;
use crate::database::last_look::LastLook;
use crate::database::rights::{Demand, Rights};
use crate::database::schema;
use crate::database::statements::needs;
use crate::database::statements::needs::Features;
use crate::database::table_layout::{CurrentLayout, TableLayout, Tables};
use crate::database::trial_reads;
use crate::repository::RepositoryError;

/// The column of the level that an identity's second factors demand.
const LEVEL: (&str, &str) = ("identities", "available_aal");

pub(super) struct TableWatch {
    layout: Arc<CurrentLayout>,
    /// Those for the layout in use.
    rights: RwLock<Arc<Rights>>,
    demand: Demand,
    features: Features,
    /// Locked during a look, so that concurrent calls wait for one and share its result.
    last: Mutex<LastLook>,
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
        if let Some(column) = MistypedColumn::of(&failed) {
            self.last.lock().await.suspect(column);
        }
        self.look(driver).await.err().unwrap_or(failed)
    }

    /// Looks for missing columns, if there are any. Called every second.
    pub(super) async fn look_for_migration(
        &self,
        driver: &impl Driver,
    ) -> Result<(), RepositoryError> {
        let is_incomplete = self.layout.get().is_incomplete();
        if self.last.lock().await.is_search_due(is_incomplete) {
            self.look(driver).await
        } else {
            Ok(())
        }
    }

    /// Looks the tables up, and fails if they cannot be used. Nobody waits for the next look: the
    /// result of the last one counts for a while.
    pub(super) async fn look(&self, driver: &impl Driver) -> Result<(), RepositoryError> {
        if !self.are_kratos() {
            return Ok(());
        }
        let mut last = self.last.lock().await;
        if last.is_over() {
            let looked = self.look_up(driver, &mut last).await;
            last.end();
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
        let problem = self.look_for_columns(driver, last).await?;
        if problem.is_some() {
            return Ok(problem);
        }
        let tried = self.try_to_read(driver, last.suspect).await;
        let is_change = tried.as_ref().is_err_and(is_table_change);
        match tried {
            Ok(()) => last.suspect = None,
            Err(RepositoryError::Unavailable(problem)) if is_change => {
                return Ok(Some(problem.to_string()));
            }
            // Rights are explained elsewhere.
            Err(error) if !is_forbidden(&error) => return Err(error),
            Err(_) => {}
        }
        Ok(None)
    }

    async fn look_for_columns(
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
            Ok(()) => {
                rights.warn_of_others(self.demand);
                if !layout.missing_beside(before).is_empty() {
                    last.expect_return();
                }
                self.adopt(driver, layout, rights).await.map(|()| None)
            }
            Err(error) if self.missing(&tables, before, &rights).is_empty() => {
                if last.without_rights.replace(layout) != Some(layout) {
                    tracing::warn!(%error, "columns that a migration has added are not read");
                }
                Ok(None)
            }
            Err(error) => Ok(Some(error.to_string())),
        }
    }

    async fn try_to_read(
        &self,
        driver: &impl Driver,
        suspect: Option<MistypedColumn>,
    ) -> Result<(), RepositoryError> {
        let layout = self.layout.get();
        trial_reads::for_nobody(driver, self.features, layout).await?;
        match suspect {
            None => Ok(()),
            Some(column) => trial_reads::of_column(driver, layout, column).await,
        }
    }

    /// The tables and columns that are missing for reading.
    fn missing(&self, tables: &Tables, layout: TableLayout, rights: &Rights) -> Vec<String> {
        let needs = needs::of(self.features, layout);
        let read = needs.filter(|need| need.purpose.is_public() && need.purpose.only_reads());
        let mut missing = schema::missing(tables, read, rights);
        // Older versions lack it, but a column that was read must not vanish: a level that it
        // demanded would be forgotten.
        let (table, column) = LEVEL;
        let vanished = layout.lacks(table, column) && !self.layout.get().lacks(table, column);
        if vanished && self.features.read_credentials() {
            missing.push(format!("column {table}.{column}"));
        }
        missing
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
        let before = self.layout.get();
        self.layout.set(layout);
        let (removed, added) = (layout.missing_beside(before), before.missing_beside(layout));
        if !removed.is_empty() {
            let columns = removed.join(", ");
            tracing::warn!(
                columns,
                "columns have disappeared from Kratos's tables: they read as empty"
            );
        }
        if !added.is_empty() {
            let columns = added.join(", ");
            tracing::info!(
                columns,
                "columns were added to Kratos's tables: they are read from now on"
            );
        }
        Ok(())
    }
}
