//! Makes one shell script of a page, in which every line has the number that it has in the page.

use std::fs;
use std::path::Path;

use crate::blocks::{Block, Note, Page};
use crate::programs::{self, Python};
use crate::transcript::{MARK, commands};

/// What the shell says of a command that failed.
pub(crate) const FAILED: &str = ": this failed: ";

/// Runs or only parses a block of Python; `await` is allowed outside of functions.
const PYTHON: &str = "\
import ast, asyncio, inspect, sys
what, name, path = sys.argv[1:]
code = compile(open(path).read(), name, 'exec', ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
value = eval(code, {'__name__': '__main__'}) if what == 'run' else None
if inspect.iscoroutine(value):
    asyncio.run(value)
";

/// Writes the files that the blocks need to `folder`; commands of `console` go to `terminal`.
pub(crate) struct Script<'a> {
    page: &'a Page,
    folder: &'a Path,
    terminal: &'a str,
    /// The last block of Python that began with an import.
    python: Option<Block>,
    lines: Vec<String>,
}

impl<'a> Script<'a> {
    pub(crate) fn new(page: &'a Page, folder: &'a Path, terminal: &'a str) -> Self {
        Self { page, folder, terminal, python: None, lines: Vec::new() }
    }

    /// The script, or what no block may be.
    pub(crate) fn of(mut self, blocks: &[Block]) -> Result<String, String> {
        self.lines = vec![String::new(); self.page.text.lines().count()];
        self.lines[0] = format!(
            "set -Eeuo pipefail; trap 'kill $(jobs -p) 2>/dev/null || true' EXIT; {}; ",
            self.on_failure()
        );
        for block in blocks.iter().filter(|block| is_run(block)) {
            match block.language.as_str() {
                "sh" | "bash" => self.shell(block),
                "console" => self.console(block),
                "python" => self.python(block),
                "js" => self.javascript(block),
                "go" => self.go(block),
                "toml" => self.toml(block),
                "rust" => self.rust(block)?,
                "text" => {}
                other => return Err(self.fault(block, &format!("nothing runs `{other}`"))),
            }
        }
        Ok(self.lines.join("\n") + "\n")
    }

    fn fault(&self, block: &Block, fault: &str) -> String {
        format!("{}: {fault}", self.at(block))
    }

    fn at(&self, block: &Block) -> String {
        format!("{}:{}", self.page.name, block.line)
    }

    fn on_failure(&self) -> String {
        format!("trap 'echo \"{}:$LINENO{FAILED}$BASH_COMMAND\" >&2' ERR", self.page.name)
    }

    fn shell(&mut self, block: &Block) {
        self.lines[block.line..][..block.lines.len()].clone_from_slice(&block.lines);
    }

    /// Each command goes to the terminal; that it fails may be what the page shows.
    fn console(&mut self, block: &Block) {
        for (index, command) in commands(block).into_iter().enumerate() {
            let line = block.line + index;
            let begins = block.lines[index].starts_with("$ ");
            self.lines[line] = match command {
                Some(command) if begins => format!(
                    "set +e; trap - ERR; exec 3>&1 4>&2 >{terminal} 2>&1; \
                     printf '{MARK}{number}\\n'; {command}",
                    terminal = self.terminal,
                    number = line + 1,
                ),
                Some(command) => command.to_owned(),
                None => String::new(),
            };
            // A command without output is followed by the next one or by the end of the block.
            let next = block.lines.get(index + 1);
            let is_last = command.is_some_and(|command| !command.ends_with('\\'));
            if is_last && next.is_some_and(|next| next.starts_with("$ ")) {
                self.lines[line] += "; exec >&3 2>&4";
            }
        }
        self.lines[block.line + block.lines.len()] =
            format!("exec >&3 2>&4; set -e; {}", self.on_failure());
    }

    /// A block that does not begin with an import goes on with the last one that did.
    fn python(&mut self, block: &Block) {
        let first = block.lines.first().map_or("", String::as_str);
        if first.starts_with("import ") || first.starts_with("from ") {
            self.python = Some(block.clone());
        }
        let mut source: Vec<String> = block.in_place().lines().map(str::to_owned).collect();
        if let Some(before) = self.python.as_ref().filter(|before| before.line < block.line) {
            source[before.line..][..before.lines.len()].clone_from_slice(&before.lines);
        }
        let source = source.join("\n") + "\n";
        let (python, what) = match programs::python(&source) {
            Some(Python::Complete(python)) => (python, "run"),
            Some(Python::Parses(python)) => {
                eprintln!("{}: only parsed: no package", self.at(block));
                (python, "parse")
            }
            None => return,
        };
        let file = self.write(block, "py", &source);
        let runner = self.folder.join("runner.py");
        fs::write(&runner, PYTHON).expect("the folder can be written to");
        let (python, runner) = (python.display(), runner.display());
        self.lines[block.line - 1] +=
            &format!("'{python}' '{runner}' {what} '{}' '{file}'", self.page.name);
    }

    fn javascript(&mut self, block: &Block) {
        if !programs::is_there_or_said("node") {
            return;
        }
        let file = self.write(block, "mjs", &block.in_place());
        let check = match programs::node_modules() {
            Some(packages) => {
                let link = self.folder.join("node_modules");
                // Further blocks of the page find it there.
                let _ = std::os::unix::fs::symlink(packages, link);
                ""
            }
            None => {
                eprintln!("{}: only parsed: no package", self.at(block));
                "--check "
            }
        };
        self.lines[block.line - 1] += &format!("node {check}'{file}'");
    }

    /// Only parsed: the package is not there.
    fn go(&mut self, block: &Block) {
        let file = self.write(block, "go.txt", &block.in_place());
        self.lines[block.line - 1] += &format!("gofmt -e <'{file}' >/dev/null");
    }

    /// A configuration file of ours.
    fn toml(&mut self, block: &Block) {
        let file = self.write(block, "toml", &block.in_place());
        self.lines[block.line - 1] += &format!("guildhall config --config '{file}' >/dev/null");
    }

    /// Compiled and run as documentation of the crate for tests, if that knows of the page.
    fn rust(&self, block: &Block) -> Result<(), String> {
        let list = programs::root().join("crates/testing/src/lib.rs");
        let list = fs::read_to_string(list).expect("the crate is there");
        let line = format!("include_str!(\"../../../{}\")", self.page.name);
        match list.contains(&line) || self.page.name == "crates/testing/README.md" {
            true => Ok(()),
            false => Err(self.fault(block, "crates/testing/src/lib.rs does not include the page")),
        }
    }

    fn write(&self, block: &Block, extension: &str, text: &str) -> String {
        let path = self.folder.join(format!("{}.{extension}", block.line));
        fs::write(&path, text).expect("the folder can be written to");
        path.to_str().expect("the path is UTF-8").to_owned()
    }
}

/// Whether what is needed for the block is there, and nothing says that it is not run.
pub(crate) fn is_run(block: &Block) -> bool {
    match &block.note {
        Some(Note::Needs(program)) => programs::is_there(program),
        Some(Note::NotRun) => false,
        None => true,
    }
}
