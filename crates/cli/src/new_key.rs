//! A secret key that was just made: the only time it is shown.

use anyhow::Result;
use guildhall_store::{Instance, KeyOrigin, NewKey, Store};
use serde::Serialize;

use crate::output::{Output, fields};

#[derive(Serialize)]
struct Shown<'a> {
    instance_id: &'a str,
    name: &'a str,
    environment: &'static str,
    key_id: String,
    secret_key: String,
}

/// Makes a secret key for `instance` and prints it.
pub(crate) async fn create(store: &Store, instance: &Instance, output: &mut Output) -> Result<()> {
    let NewKey { id, secret_key } = store.create_key(instance, KeyOrigin::Created).await?;
    let key = Shown {
        instance_id: &instance.id,
        name: &instance.name,
        environment: instance.environment.as_str(),
        key_id: id,
        secret_key,
    };
    output.show(&key, |key| {
        fields([
            ("instance_id", key.instance_id.to_owned()),
            ("name", key.name.to_owned()),
            ("environment", key.environment.to_owned()),
            ("key_id", key.key_id.clone()),
            ("secret_key", key.secret_key.clone()),
        ])
    })?;
    if !output.is_json() {
        Output::note("The secret key is shown only now: only its hash is kept.");
    }
    Ok(())
}
