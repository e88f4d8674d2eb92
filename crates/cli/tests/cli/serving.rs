//! A running `guildhall serve` on a folder of its own.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, ExitStatus, Output, Stdio};

use guildhall_sdk::{Client, CreateOrganization, CreateUser};
use tempfile::TempDir;

use crate::command::{guildhall, run};

/// Stops with the test.
pub(crate) struct Serving {
    pub(crate) child: Child,
    /// What it printed at the start.
    pub(crate) welcome: String,
    pub(crate) folder: TempDir,
    // Closed, it would be a broken pipe to the server.
    _stdout: BufReader<ChildStdout>,
}

/// A user in an organization's neighbourhood; not a member yet.
pub(crate) struct Ada {
    pub(crate) user_id: String,
    pub(crate) organization_id: String,
}

impl Serving {
    pub(crate) fn start() -> Self {
        Self::start_with(|_| {})
    }

    /// Starts with a changed command; stderr goes to the file `log` in the folder.
    pub(crate) fn start_with(change: impl FnOnce(&mut Command)) -> Self {
        let folder = TempDir::new().expect("a folder can be made");
        let log = std::fs::File::create(folder.path().join("log")).expect("a file can be made");
        let mut command = guildhall(&["serve", "--bind", "127.0.0.1:0"]);
        // Others may be at the address of the default.
        command.env("GUILDHALL_METRICS_BIND", "off");
        command.env("GUILDHALL_DATA", folder.path().join("data"));
        command.stdout(Stdio::piped()).stderr(log);
        change(&mut command);
        let mut child = command.spawn().expect("the binary can be run");
        let mut stdout = BufReader::new(child.stdout.take().expect("it is piped"));
        let mut welcome = String::new();
        while !welcome.contains("curl ") {
            let read = stdout.read_line(&mut welcome).expect("stdout is UTF-8");
            assert!(read > 0, "the server ended: {}", log_of(folder.path()));
        }
        Self { child, welcome, folder, _stdout: stdout }
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    pub(crate) fn log(&self) -> String {
        log_of(self.folder.path())
    }

    /// The value of the line `name=value` of the welcome.
    pub(crate) fn line(&self, name: &str) -> &str {
        let value = |line: &str| line.strip_prefix(name)?.strip_prefix('=').map(str::len);
        let length = self.welcome.lines().find_map(|line| value(line).map(|length| (line, length)));
        let (line, length) = length.expect("the welcome has the line");
        &line[line.len() - length..]
    }

    pub(crate) fn url(&self) -> &str {
        self.line("CLERK_API_URL")
    }

    /// A client with the development key.
    pub(crate) fn client(&self) -> Client {
        self.client_with(self.line("CLERK_SECRET_KEY"))
    }

    pub(crate) fn client_with(&self, secret_key: &str) -> Client {
        Client::builder(secret_key).base_url(self.url()).build().expect("the settings are right")
    }

    /// A command with the server and its key in the environment.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = guildhall(arguments);
        command
            .env("CLERK_API_URL", self.url())
            .env("CLERK_SECRET_KEY", self.line("CLERK_SECRET_KEY"));
        command
    }

    pub(crate) fn call(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().expect("the binary can be run")
    }

    /// `guildhall members …` with the server and its key in the environment.
    pub(crate) fn members_command(&self, arguments: &[&str]) -> Command {
        self.command(&[&["members"], arguments].concat())
    }

    pub(crate) fn members(&self, arguments: &[&str]) -> Output {
        self.members_command(arguments).output().expect("the binary can be run")
    }

    /// A command on the data folder of the server.
    pub(crate) fn on_folder(&self, arguments: &[&str]) -> Output {
        let data = self.data();
        run(&[arguments, &["--data", data.to_str().expect("the path is UTF-8")]].concat())
    }

    pub(crate) async fn ada(&self) -> Ada {
        let client = self.client();
        let new = CreateUser {
            first_name: Some("Ada".to_owned()),
            last_name: Some("Lovelace".to_owned()),
            email_address: vec!["ada@example.com".to_owned()],
            skip_password_requirement: Some(true),
            ..CreateUser::default()
        };
        let user = client.users().create(&new).await.expect("the user can be made");
        let new = CreateOrganization::new("Analytical Engines");
        let organization = client.organizations().create(&new).await.expect("it can be made");
        Ada { user_id: user.id.to_string(), organization_id: organization.id.to_string() }
    }

    /// An organization with `count` members, oldest first.
    pub(crate) async fn organization_of(&self, count: usize) -> (String, Vec<String>) {
        let client = self.client();
        let new = CreateOrganization::new("Analytical Engines");
        let organization = client.organizations().create(&new).await.expect("it can be made");
        let mut user_ids = Vec::new();
        for _ in 0..count {
            let user = client.users().create(&CreateUser::default()).await.expect("it can be made");
            let new =
                guildhall_sdk::CreateOrganizationMembership::new(user.id.as_str(), "org:member");
            let memberships = client.organization_memberships();
            memberships.create(&organization.id, &new).await.expect("the user can be added");
            user_ids.push(user.id.to_string());
        }
        (organization.id.to_string(), user_ids)
    }

    pub(crate) fn signal(&self, name: &str) {
        let kill = format!("kill -{name} {}", self.child.id());
        let status = Command::new("sh").args(["-c", &kill]).status();
        assert!(status.expect("there is a shell").success());
    }

    pub(crate) fn wait(&mut self) -> ExitStatus {
        self.child.wait().expect("it is our child")
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        // It may have ended already, which is what some tests want.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn log_of(folder: &Path) -> String {
    std::fs::read_to_string(folder.join("log")).expect("the log is UTF-8")
}
