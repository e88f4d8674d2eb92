//! Session tokens: made here, verified by whoever has the public keys.

mod server_key;
mod signing;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use aws_lc_rs::rsa::KeyPair;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use guildhall_store::{Instance, SigningKey, Store};
use guildhall_types::SessionClaims;
use serde_json::json;
use tokio::sync::Semaphore;

use crate::http::Error;
use server_key::ServerKey;

/// How many private keys are kept ready.
const KEYS_KEPT: usize = 64;

/// Signs tokens, with keys that are made when first needed. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Tokens {
    server_key: Arc<ServerKey>,
    ready: Arc<Mutex<HashMap<String, Arc<KeyPair>>>>,
    /// As many signatures and new keys are made at once, off the workers, as there are processors.
    slots: Arc<Semaphore>,
}

impl Tokens {
    /// Keeps private keys encrypted under the key in `file`, which is made when first needed.
    pub(crate) fn new(file: PathBuf) -> Self {
        let at_once = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            server_key: Arc::new(ServerKey::new(file)),
            ready: Arc::default(),
            slots: Arc::new(Semaphore::new(at_once)),
        }
    }

    /// A token that says `claims`, signed for an instance.
    pub(crate) async fn sign(
        &self,
        store: &Store,
        instance: &Instance,
        claims: &SessionClaims,
    ) -> Result<String, Error> {
        let key = self.keys(store, instance).await?.swap_remove(0);
        let header = json!({ "alg": "RS256", "kid": key.id, "typ": "JWT" }).to_string();
        let claims = serde_json::to_vec(claims).expect("claims have a JSON form");
        let signed =
            format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
        let this = self.clone();
        let instance_id = instance.id.clone();
        self.off_the_workers(move || {
            let pair = this.key_pair(&instance_id, &key)?;
            let signature = signing::sign(&pair, signed.as_bytes())?;
            Ok(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)))
        })
        .await
    }

    /// The public keys of an instance as a JSON Web Key Set.
    pub(crate) async fn key_set(
        &self,
        store: &Store,
        instance: &Instance,
    ) -> Result<String, Error> {
        let keys = self.keys(store, instance).await?;
        let keys: Vec<_> = keys
            .iter()
            .map(|key| {
                json!({
                    "use": "sig",
                    "kty": "RSA",
                    "kid": key.id,
                    "alg": "RS256",
                    "n": key.modulus,
                    "e": signing::EXPONENT,
                })
            })
            .collect();
        Ok(json!({ "keys": keys }).to_string())
    }

    /// The keys of an instance, of which the first one signs; the very first is made here.
    async fn keys(&self, store: &Store, instance: &Instance) -> Result<Vec<SigningKey>, Error> {
        let keys = store.signing_keys(instance.key).await?;
        if !keys.is_empty() {
            return Ok(keys);
        }
        let this = self.clone();
        let (id, now) = (instance.id.clone(), store.now());
        let key = self.off_the_workers(move || this.new_key(&id, id.clone(), now)).await?;
        // Another request or server may have been first; then its key counts.
        store.add_signing_key(instance.key, &key, 0).await?;
        Ok(store.signing_keys(instance.key).await?)
    }

    fn new_key(&self, instance_id: &str, id: String, now: i64) -> Result<SigningKey, Error> {
        let (pair, der) = signing::generate()?;
        Ok(SigningKey {
            private_key: self.server_key.seal(instance_id, &id, &der)?,
            modulus: URL_SAFE_NO_PAD.encode(signing::modulus(&pair)),
            id,
            created_at: now,
            listed_until: None,
        })
    }

    /// The private key, read and kept ready.
    fn key_pair(&self, instance_id: &str, key: &SigningKey) -> Result<Arc<KeyPair>, Error> {
        // The sealed text is the key's name: ids of keys are told by who may not be trusted.
        let lock = || self.ready.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(pair) = lock().get(&key.private_key) {
            return Ok(Arc::clone(pair));
        }
        let der = self.server_key.open(instance_id, &key.id, &key.private_key)?;
        let pair = Arc::new(signing::read(&der)?);
        let mut ready = lock();
        if ready.len() >= KEYS_KEPT {
            ready.clear();
        }
        ready.insert(key.private_key.clone(), Arc::clone(&pair));
        Ok(pair)
    }

    async fn off_the_workers<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let slot = Arc::clone(&self.slots).acquire_owned().await.map_err(internal)?;
        tokio::task::spawn_blocking(move || {
            let _slot = slot;
            work()
        })
        .await
        .map_err(internal)?
    }
}

fn internal(error: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::Internal(Box::new(error))
}

/// What the operator has to mend.
fn unavailable(error: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::Unavailable { retry_after_seconds: 1, source: Some(Box::new(error)) }
}
