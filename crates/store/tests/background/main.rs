//! What goes on behind the writes: the removal of what is large, and the reassignment of many.

mod removals;
mod role_set_migrations;
mod world;
