//! Users.

mod contacts;
mod requests;
mod user;

pub use contacts::{EmailAddress, PhoneNumber, Verification, Web3Wallet};
pub use requests::{CreateUser, ListUsers, UpdateUser, UserOrder};
pub use user::User;
