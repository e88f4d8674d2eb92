//! What an instance has set about itself: loading, applying and reading. It is one text of JSON.

use guildhall_rules::{Rows, Wanted};
use guildhall_types::UpdateInstance;

use crate::db::{Row, Statements};
use crate::error::Error;
use crate::reading::Cost;
use crate::{InstanceKey, Store};

/// What a new instance has set.
pub(crate) const EMPTY: &str = "{}";

const SETTINGS: &str = "SELECT settings FROM instances WHERE instance = $1";

fn read(row: &Row<'_>) -> Result<UpdateInstance, Error> {
    serde_json::from_str(&row.text(0)?).map_err(Error::failed)
}

/// Asks for what is set, if it is wanted.
pub(crate) fn ask<'a>(
    statements: &mut Statements<'a>,
    instance: InstanceKey,
    wanted: &Wanted,
    found: &'a mut UpdateInstance,
) {
    let calls = if wanted.instance { vec![vec![instance.into()]] } else { Vec::new() };
    statements.ask(SETTINGS, calls, |row| {
        *found = read(row)?;
        Ok(())
    });
}

/// Writes what is set, if it changed.
pub(crate) fn apply(statements: &mut Statements<'_>, instance: InstanceKey, rows: &Rows) {
    let changed = rows.changed_instance().map(|settings| {
        let json = serde_json::to_string(settings).expect("settings have a JSON form");
        vec![instance.into(), json.into()]
    });
    let sql = "UPDATE instances SET settings = $2 WHERE instance = $1";
    statements.change(sql, changed.into_iter().collect());
}

impl Store {
    /// What an instance has set about itself.
    ///
    /// # Errors
    /// When the database fails, or there is no such instance.
    pub async fn instance_settings(&self, instance: InstanceKey) -> Result<UpdateInstance, Error> {
        let mut snapshot = self.pool.snapshot(Cost::Page).await?;
        let found = snapshot.row(SETTINGS, vec![instance.into()], read).await?;
        found.ok_or_else(|| Error::failed("there is no such instance"))
    }
}
