//! A page that is not true fails, with file and line.

use crate::blocks::Page;
use crate::programs;
use crate::run::{Before, run};

fn fault(text: &str) -> String {
    let page = Page { name: "page.md".to_owned(), text: text.to_owned() };
    run(&page, Before::Nothing).expect_err("the page is not true")
}

fn can_run() -> bool {
    ["bash", "curl", "python3"].into_iter().all(programs::is_there_or_said)
}

#[test]
fn a_command_that_fails_is_named_by_its_line() {
    if !can_run() {
        return;
    }

    let fault = fault("# Page\n\n```sh\ntrue\nguildhall members\n```\n");

    assert!(fault.contains("page.md:5: this failed: guildhall members"), "{fault}");
}

#[test]
fn a_command_that_fails_in_a_pipe_or_in_a_later_block_is_named() {
    if !can_run() {
        return;
    }

    let piped = fault("```sh\nfalse | cat\n```\n");
    let later = fault("```sh\nNAME=one\n```\n\n```sh\ntest \"$NAME\" = two\n```\n");

    assert!(piped.contains("page.md:2: "), "{piped}");
    assert!(later.contains("page.md:6: this failed: test \"$NAME\" = two"), "{later}");
}

#[test]
fn a_command_that_fails_within_another_is_named() {
    if !can_run() {
        return;
    }

    let fault = fault("```sh\nexport NAME=$(\n  false\n)\n```\n");

    assert!(fault.contains(": this failed: false"), "{fault}");
}

#[test]
fn output_that_is_not_the_one_shown_is_named_by_the_line_of_its_command() {
    if !can_run() {
        return;
    }

    let fault = fault("```console\n$ echo one\none\n$ echo two\nthree\n```\n");

    assert_eq!(fault, "page.md:4: shown is\nthree\nprinted was\ntwo");
}

#[test]
fn output_that_is_not_shown_is_a_fault_too() {
    if !can_run() {
        return;
    }

    let fault = fault("```console\n$ echo one\n$ echo two\ntwo\n```\n");

    assert_eq!(fault, "page.md:2: shown is\n\nprinted was\none");
}

#[test]
fn python_that_fails_or_does_not_parse_is_named_by_its_line() {
    if !can_run() {
        return;
    }

    let raised = fault("```python\nimport sys\n```\n\n```python\nsys.exit(3)\n```\n");
    let typo = fault("```python\nimport sys\nprint(\n```\n");
    let asserted =
        fault("\n```python\nimport asyncio\nawait asyncio.sleep(0)\nassert False\n```\n");

    assert!(raised.contains("page.md:5: this failed: "), "{raised}");
    assert!(typo.contains("\"page.md\", line 3"), "{typo}");
    assert!(asserted.contains("\"page.md\", line 5"), "{asserted}");
}

#[test]
fn a_configuration_file_with_an_unknown_key_is_a_fault() {
    if !can_run() {
        return;
    }

    let fault = fault("```toml\nbind = \"127.0.0.1:4600\"\n\ncolour = \"red\"\n```\n");

    assert!(fault.contains("page.md:1: this failed: guildhall config"), "{fault}");
}

#[test]
fn a_language_that_nothing_runs_and_rust_that_nothing_compiles_are_faults() {
    if !can_run() {
        return;
    }

    assert_eq!(fault("```ruby\n```\n"), "page.md:1: nothing runs `ruby`");
    let rust = "page.md:1: crates/testing/src/lib.rs does not include the page";
    assert_eq!(fault("```rust\n```\n"), rust);
}
