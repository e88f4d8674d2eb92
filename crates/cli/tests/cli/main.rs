//! The real binary, against a real `guildhall serve` and against scripted answers.

mod answers;
mod api;
mod backup;
mod command;
mod config;
mod copy;
mod doctor;
mod env;
mod exec;
mod instance_settings;
mod instances;
mod keys;
mod loopback;
mod members;
mod metadata;
mod organizations;
mod permissions;
mod requests;
mod roles;
mod serve;
mod serving;
mod settings;
mod signals;
mod terminal;
mod usage;
mod users;
