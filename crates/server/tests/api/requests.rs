//! What every request gets: keys, versions, bodies, paths.

mod bodies;
mod headers;
mod heavy;
mod keys;
mod metrics;
mod paths;
mod proxies;
mod random;
mod raw;
mod versions;
