//! A secret key that was just made: the only time it is shown.

use anyhow::Result;
use guildhall_store::{Instance, KeyOrigin, Store};
use serde::Serialize;

use crate::output::{Output, fields};

#[derive(Serialize)]
struct NewKey<'a> {
    instance_id: &'a str,
    name: &'a str,
    environment: &'static str,
    secret_key: String,
}

/// Makes a secret key for `instance` and prints it.
pub(crate) fn create(store: &Store, instance: &Instance, output: &mut Output) -> Result<()> {
    let key = NewKey {
        instance_id: &instance.id,
        name: &instance.name,
        environment: instance.environment.as_str(),
        secret_key: store.create_key(instance, KeyOrigin::Created)?,
    };
    output.show(&key, |key| {
        fields([
            ("instance_id", key.instance_id.to_owned()),
            ("name", key.name.to_owned()),
            ("environment", key.environment.to_owned()),
            ("secret_key", key.secret_key.clone()),
        ])
    })?;
    if !output.is_json() {
        Output::note("The secret key is shown only now: only its hash is kept.");
    }
    Ok(())
}
