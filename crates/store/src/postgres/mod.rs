//! PostgreSQL: where it is, how it is spoken to, and the connections that are shared.

mod address;
mod batch;
mod distribute;
mod migrate;
mod pool;
mod session;
mod settings;
mod tls;

pub(crate) use address::Address;
#[cfg(test)]
pub(crate) use batch::{Bound, form};
pub use distribute::distribute;
pub(crate) use distribute::may_be_spread;
pub(crate) use migrate::{check_server, run_step};
pub(crate) use pool::{Pool, Pooled, Purpose};
pub(crate) use session::{Answer, Begin, was_interrupted, was_locked_out};
pub use settings::PostgresSettings;
