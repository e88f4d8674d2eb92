//! Metadata: merged, replaced, kept.
