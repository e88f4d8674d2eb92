//! `guildhall env`.

use std::io::Write;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use anyhow::{Context, Result, bail};
use clap::{Args, ValueEnum};
use guildhall_sdk::SecretString;
use guildhall_store::DataFolder;
use secrecy::ExposeSecret;

use crate::exit::ExitStatus;
use crate::failure::Refusal;
use crate::secret_key::is_production;
use crate::serve::{Plan, ServerArguments};

/// Print the variables that lead clients to the server of a data folder, for a shell.
///
/// `eval "$(guildhall env)"` sets CLERK_API_URL and CLERK_SECRET_KEY in sh, bash and zsh;
/// `guildhall env --shell fish | source` does in fish. The settings are those of `guildhall serve`
/// with the same flags, in the same environment and folder. A key for production is not printed.
#[derive(Debug, Args)]
pub(crate) struct EnvironmentArguments {
    #[command(flatten)]
    server: ServerArguments,
    /// Whose language to speak
    #[arg(long, value_enum, default_value_t = Shell::Sh)]
    shell: Shell,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Shell {
    /// sh, bash, zsh and the like
    Sh,
    Fish,
    Powershell,
}

pub(crate) fn run(arguments: &EnvironmentArguments) -> Result<ExitStatus> {
    let plan = arguments.server.plan(&arguments.server.file()?)?;
    let secret_key = secret_key(&plan)?;
    let lines = [
        arguments.shell.line("CLERK_API_URL", &address(&plan)?),
        arguments.shell.line("CLERK_SECRET_KEY", secret_key.expose_secret()),
    ];
    std::io::stdout().write_all(lines.concat().as_bytes())?;
    Ok(ExitStatus::Done)
}

fn secret_key(plan: &Plan) -> Result<SecretString> {
    let path = plan.data.as_path();
    let secret_key = match &plan.settings.secret_key {
        Some(pinned) => pinned.clone(),
        None => DataFolder::open_existing(path)
            .with_context(|| format!("{}: `guildhall serve` makes one", plan.data.name()))?
            .development_key()
            .map(SecretString::from)
            .ok_or_else(|| {
                Refusal(format!(
                    "no key is kept in `{}`; set `CLERK_SECRET_KEY` to a key of yours, `guildhall \
                     keys create` makes one",
                    path.display()
                ))
            })?,
    };
    if is_production(&secret_key) {
        let text = "the secret key is for production and not printed; set `CLERK_SECRET_KEY` to it";
        bail!(Refusal(text.to_owned()));
    }
    Ok(secret_key)
}

/// Where clients on this machine reach the server.
fn address(plan: &Plan) -> Result<String> {
    if let Some(url) = &plan.settings.public_url {
        return Ok(url.as_str().trim_end_matches('/').to_owned());
    }
    let bind = plan.settings.bind;
    if bind.port() == 0 {
        let name = plan.bind.name();
        bail!("{name}: which port `{bind}` becomes is known only where the server prints it");
    }
    let ip = match bind.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    Ok(format!("http://{}", SocketAddr::new(ip, bind.port())))
}

impl Shell {
    /// The line that sets a variable.
    fn line(self, name: &str, value: &str) -> String {
        match self {
            Self::Sh => format!("export {name}='{}'\n", value.replace('\'', r"'\''")),
            Self::Fish => {
                let value = value.replace('\\', r"\\").replace('\'', r"\'");
                format!("set -gx {name} '{value}'\n")
            }
            Self::Powershell => format!("$env:{name} = '{}'\n", value.replace('\'', "''")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quote_does_not_end_the_value() {
        assert_eq!(Shell::Sh.line("A", "it's"), "export A='it'\\''s'\n");
        assert_eq!(Shell::Fish.line("A", r"it's\"), "set -gx A 'it\\'s\\\\'\n");
        assert_eq!(Shell::Powershell.line("A", "it's"), "$env:A = 'it''s'\n");
    }
}
