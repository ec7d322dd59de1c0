//! A driver that refuses calls which the settings or the database user's rights do not allow, and
//! explains why.

use crate::database::driver::{
    Driver, SelectForUpdate, Selected, SelectedForUpdate, Statement, Step, Written,
};
use crate::database::driver_error::{is_forbidden, is_table_change};
use crate::database::error::OpenError;
use crate::database::migrations::versions::{BesideKratos, Version};
use crate::database::table_watch::TableWatch;
use crate::metrics::PoolState;
use crate::repository::RepositoryError;

const READ_ONLY: &str = "This service is read-only: database.read_only is true.";
const READ_PROBE: &str = "SELECT id FROM networks LIMIT 1";

pub(super) struct Guarded<D> {
    driver: D,
    tables: TableWatch,
    read_only: bool,
}

impl<D: Driver> Guarded<D> {
    pub(super) fn new(driver: D, tables: TableWatch, read_only: bool) -> Self {
        Self { driver, tables, read_only }
    }

    /// Fails if the settings do not allow writes.
    fn check_writable(&self) -> Result<(), RepositoryError> {
        if self.read_only {
            return Err(RepositoryError::NotAllowed(READ_ONLY.to_owned()));
        }
        Ok(())
    }

    async fn explained<T>(&self, result: Result<T, RepositoryError>) -> Result<T, RepositoryError> {
        match result {
            Err(error) if is_forbidden(&error) => {
                Err(self.tables.rights().explain(&self.driver, error).await)
            }
            result => self.named(result).await,
        }
    }

    /// Names what is missing, if a call failed because the tables have changed. Boxed, because
    /// this is rare and its future is large.
    async fn named<T>(&self, result: Result<T, RepositoryError>) -> Result<T, RepositoryError> {
        match result {
            Err(error) if is_table_change(&error) => {
                Err(Box::pin(self.tables.explain(&self.driver, error)).await)
            }
            result => result,
        }
    }

    /// With `database.read_only`, a server that accepts no writes is ready, too.
    async fn check_server(&self) -> Result<(), RepositoryError> {
        if self.read_only {
            let statement = Statement { text: READ_PROBE, columns: 1, arguments: Vec::new() };
            return self.driver.fetch(statement, |_| Ok(())).await;
        }
        self.driver.is_ready().await?;
        self.tables.rights().are_kept(&self.driver).await
    }
}

impl<D: Driver> Driver for Guarded<D> {
    type Row<'a> = D::Row<'a>;

    const BY_EMAIL: &'static str = D::BY_EMAIL;
    const VERSION: &'static str = D::VERSION;
    const READY: &'static str = D::READY;
    const LOOK: &'static str = D::LOOK;
    const RENEW: &'static str = D::RENEW;
    const COLUMNS: &'static str = D::COLUMNS;
    const BESIDE_KRATOS: BesideKratos = D::BESIDE_KRATOS;
    const GRANTEE: Option<&'static str> = D::GRANTEE;
    const HIDDEN_SCHEMAS: Option<&'static str> = D::HIDDEN_SCHEMAS;

    async fn fetch<T: Send>(
        &self,
        statement: Statement<'_>,
        read: impl FnOnce(&[Self::Row<'_>]) -> Result<T, RepositoryError> + Send,
    ) -> Result<T, RepositoryError> {
        self.named(self.driver.fetch(statement, read).await).await
    }

    async fn execute(&self, steps: Vec<Step<'_>>) -> Result<Written, RepositoryError> {
        self.check_writable()?;
        self.explained(self.driver.execute(steps).await).await
    }

    async fn select_for_update<T: Selected>(
        &self,
        work: SelectForUpdate<'_, T>,
    ) -> Result<SelectedForUpdate<T>, RepositoryError> {
        self.check_writable()?;
        self.explained(self.driver.select_for_update(work).await).await
    }

    fn pools(&self) -> Vec<PoolState> {
        self.driver.pools()
    }

    fn forget_connections(&self) {
        self.driver.forget_connections();
    }

    fn close(&self) -> impl Future<Output = ()> + Send {
        self.driver.close()
    }

    fn migrate(&self, versions: &[Version]) -> impl Future<Output = Result<(), OpenError>> + Send {
        self.driver.migrate(versions)
    }

    fn load_metadata(&self) -> impl Future<Output = Result<(), OpenError>> + Send {
        self.driver.load_metadata()
    }

    async fn is_ready(&self) -> Result<(), RepositoryError> {
        match self.check_server().await {
            // The rights may be those for columns that a migration has dropped since.
            Err(error) if !(is_table_change(&error) && self.tables.are_kratos()) => Err(error),
            Ok(()) | Err(_) => self.tables.look(&self.driver).await,
        }
    }

    fn look_for_migration(&self) -> impl Future<Output = Result<(), RepositoryError>> + Send {
        self.tables.look_for_migration(&self.driver)
    }
}
