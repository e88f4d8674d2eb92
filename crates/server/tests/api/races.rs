//! Rules that hold under races.
