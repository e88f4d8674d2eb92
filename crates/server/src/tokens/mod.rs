//! Session tokens: made here, verified by whoever has the public keys.

mod error;
mod server_key;
mod signing;
mod verify;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use aws_lc_rs::rsa::KeyPair;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use guildhall_rules::tokens::{Claims, SignedClaims};
use guildhall_store::{Instance, SigningKey, Store};
use serde_json::json;
use tokio::sync::{Mutex as AsyncMutex, Semaphore};

pub use error::SigningError;
use server_key::ServerKey;

/// How many private keys are kept ready.
const KEYS_KEPT: usize = 64;

/// The keys that sign the session tokens of instances, made when first needed. Cheap to clone.
///
/// Private keys stand in the database, encrypted under the server key, which is a file.
#[derive(Clone)]
pub struct SigningKeys {
    server_key: Arc<ServerKey>,
    ready: Arc<Mutex<HashMap<String, Arc<KeyPair>>>>,
    /// As many signatures and new keys are made at once, off the workers, as there are processors.
    slots: Arc<Semaphore>,
    /// Kept by whoever makes the very first key of an instance; the others find it there.
    making: Arc<AsyncMutex<()>>,
}

impl SigningKeys {
    /// Goes by the server key in `file`, which is made when first needed.
    pub fn new(file: PathBuf) -> Self {
        let at_once = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            server_key: Arc::new(ServerKey::new(file)),
            ready: Arc::default(),
            slots: Arc::new(Semaphore::new(at_once)),
            making: Arc::default(),
        }
    }

    /// Makes a key of an instance that signs from now on, and gives its id. Those before are still
    /// told to who verifies for `overlap` milliseconds.
    ///
    /// # Errors
    /// See [`SigningError`].
    pub async fn rotate(
        &self,
        store: &Store,
        instance: &Instance,
        overlap: i64,
    ) -> Result<String, SigningError> {
        loop {
            let now = store.now();
            let id = match store.signing_keys(instance.key).await?.is_empty() {
                true => instance.id.clone(),
                false => format!("{}-{now}", instance.id),
            };
            let key = self.make(instance, id.clone(), now).await?;
            // Another one may have been made meanwhile, and is not the one to be told of.
            if store.add_signing_key(instance.key, &key, overlap).await? {
                return Ok(id);
            }
        }
    }

    /// The public key that verifies the tokens which are signed now, as PEM; the very first key is
    /// made.
    ///
    /// # Errors
    /// See [`SigningError`].
    pub async fn public_key(
        &self,
        store: &Store,
        instance: &Instance,
    ) -> Result<String, SigningError> {
        let key = self.keys(store, instance).await?.swap_remove(0);
        let modulus = URL_SAFE_NO_PAD.decode(key.modulus).map_err(SigningError::failed)?;
        Ok(signing::pem(&modulus))
    }

    /// A token that says `claims`, signed for an instance.
    pub(crate) async fn sign(
        &self,
        store: &Store,
        instance: &Instance,
        claims: &Claims,
    ) -> Result<String, SigningError> {
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

    /// What a token says, if a key of the instance that is told of has signed it.
    pub(crate) async fn signed_claims(
        &self,
        store: &Store,
        instance: &Instance,
        token: &str,
    ) -> Result<Option<SignedClaims>, SigningError> {
        let keys = store.signing_keys(instance.key).await?;
        Ok(verify::signed_claims(&keys, token))
    }

    /// The public keys of an instance as a JSON Web Key Set.
    pub(crate) async fn key_set(
        &self,
        store: &Store,
        instance: &Instance,
    ) -> Result<String, SigningError> {
        let keys = self.keys(store, instance).await?;
        let keys = keys.iter().map(|key| {
            json!({
                "use": "sig",
                "kty": "RSA",
                "kid": key.id,
                "alg": "RS256",
                "n": key.modulus,
                "e": signing::EXPONENT,
            })
        });
        Ok(json!({ "keys": keys.collect::<Vec<_>>() }).to_string())
    }

    /// The keys of an instance, of which the first one signs; the very first is made here.
    async fn keys(
        &self,
        store: &Store,
        instance: &Instance,
    ) -> Result<Vec<SigningKey>, SigningError> {
        let keys = store.signing_keys(instance.key).await?;
        if !keys.is_empty() {
            return Ok(keys);
        }
        let _making = self.making.lock().await;
        let keys = store.signing_keys(instance.key).await?;
        if !keys.is_empty() {
            return Ok(keys);
        }
        let key = self.make(instance, instance.id.clone(), store.now()).await?;
        // Another server may have been first; then its key counts.
        store.add_signing_key(instance.key, &key, 0).await?;
        Ok(store.signing_keys(instance.key).await?)
    }

    async fn make(
        &self,
        instance: &Instance,
        id: String,
        now: i64,
    ) -> Result<SigningKey, SigningError> {
        let this = self.clone();
        let instance_id = instance.id.clone();
        self.off_the_workers(move || {
            let (pair, der) = signing::generate()?;
            Ok(SigningKey {
                private_key: this.server_key.seal(&instance_id, &id, &der)?,
                modulus: URL_SAFE_NO_PAD.encode(signing::modulus(&pair)),
                id,
                created_at: now,
                listed_until: None,
            })
        })
        .await
    }

    /// The private key, read and kept ready.
    fn key_pair(&self, instance_id: &str, key: &SigningKey) -> Result<Arc<KeyPair>, SigningError> {
        // By the sealed text, which no other key shares.
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
        work: impl FnOnce() -> Result<T, SigningError> + Send + 'static,
    ) -> Result<T, SigningError> {
        let slot = Arc::clone(&self.slots).acquire_owned().await.map_err(SigningError::failed)?;
        let done = tokio::task::spawn_blocking(move || {
            let _slot = slot;
            work()
        });
        done.await.map_err(SigningError::failed)?
    }
}
