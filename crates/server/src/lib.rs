mod http;

pub use http::{Limits, serve};
