//! The command line as a whole.

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::api::ApiArguments;
use crate::backup::BackupArguments;
use crate::check::CheckArguments;
use crate::completions::CompletionsArguments;
use crate::config_command::ConfigCommandArguments;
use crate::copy::CopyArguments;
use crate::doctor::DoctorArguments;
use crate::environment::EnvironmentArguments;
use crate::exec::ExecArguments;
use crate::instances::InstancesArguments;
use crate::keys::KeysArguments;
use crate::man::ManArguments;
use crate::members::MembersArguments;
use crate::migrate::MigrateArguments;
use crate::organizations::OrganizationsArguments;
use crate::permissions::PermissionsArguments;
use crate::restore::RestoreArguments;
use crate::role_sets::RoleSetsArguments;
use crate::roles::RolesArguments;
use crate::serve::ServeArguments;
use crate::sessions::SessionsArguments;
use crate::settings::SettingsArguments;
use crate::users::UsersArguments;

/// A self-hosted server for organization memberships, compatible with the Clerk Backend API.
///
/// Exit codes: 0 done, 1 refused, 2 wrong usage or failure. Data goes to stdout, everything else
/// to stderr. What is read prints as a table on a terminal and as JSON elsewhere or with --json,
/// lists as one line of JSON for each row. What cannot be taken back is asked for first on a
/// terminal, and elsewhere needs --yes.
#[derive(Debug, Parser)]
#[command(name = "guildhall", version, arg_required_else_help = true, max_term_width = 100)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Serve(ServeArguments),
    Instances(InstancesArguments),
    Keys(KeysArguments),
    Members(MembersArguments),
    Organizations(OrganizationsArguments),
    Users(UsersArguments),
    Roles(RolesArguments),
    Permissions(PermissionsArguments),
    RoleSets(RoleSetsArguments),
    Sessions(SessionsArguments),
    Settings(SettingsArguments),
    Check(CheckArguments),
    Api(ApiArguments),
    Exec(ExecArguments),
    Env(EnvironmentArguments),
    Migrate(MigrateArguments),
    Doctor(DoctorArguments),
    Backup(BackupArguments),
    Restore(RestoreArguments),
    Copy(CopyArguments),
    Config(Box<ConfigCommandArguments>),
    Completions(CompletionsArguments),
    Man(ManArguments),
}

impl Cli {
    /// Reads the command line and the environment; ends the process where they make no sense.
    pub(crate) fn read() -> Self {
        let matches = without_empty_variables(Self::command()).get_matches();
        Self::from_arg_matches(&matches).unwrap_or_else(|error| error.exit())
    }
}

/// Makes a variable that is set to nothing count as not set, as compose files write it.
fn without_empty_variables(command: clap::Command) -> clap::Command {
    let is_empty = |arg: &clap::Arg| {
        arg.get_env().and_then(std::env::var_os).is_some_and(|value| value.is_empty())
    };
    command
        .mut_args(|arg| if is_empty(&arg) { arg.env(None::<&'static str>) } else { arg })
        .mut_subcommands(without_empty_variables)
}
