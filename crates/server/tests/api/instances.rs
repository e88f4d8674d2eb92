//! Instances and keys: isolated tenants.
