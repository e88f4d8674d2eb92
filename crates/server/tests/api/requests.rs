//! What every request gets: keys, versions, bodies, paths.
