//! `guildhall-histories`: see the library.

use std::fs::File;
use std::io::BufReader;
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Parser;
use guildhall_histories::arguments::{Arguments, Check, Command};
use guildhall_histories::{history, judge, run};

fn main() -> ExitCode {
    let outcome = match Arguments::parse().command {
        Command::Run(arguments) => run(&arguments),
        Command::Check(arguments) => check(&arguments),
    };
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::from(2)
        }
    }
}

fn check(arguments: &Check) -> Result<bool> {
    let mut is_sound = true;
    for path in &arguments.files {
        let name = path.display();
        let file = File::open(path).with_context(|| format!("cannot open {name}"))?;
        let calls = history::read(BufReader::new(file)).with_context(|| name.to_string())?;
        let judgement = judge(&calls, arguments.budget)?;
        println!("{name}: {judgement}");
        is_sound &= judgement.is_sound();
    }
    Ok(is_sound)
}
