"""Holds the names in the files of deploy/ and in the guide against those that exist.

Every image has a tag, every flag and variable of `guildhall` is in docs/cli.md, every file that is
mounted is there, and the toolchain is that of rust-toolchain.toml.
"""

import pathlib
import re
import sys

from ruamel.yaml import YAML

ROOT = pathlib.Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
GUIDE = ROOT / "docs/guide/production.md"

# `guildhall COMMAND …` to the end of the command, and `command: [COMMAND, …]` of a container.
CALL = re.compile(r"(?:guildhall (?=[a-z])|command: \[|CMD \[)([^`\n|;)\]]+)")
FLAG = re.compile(r"(?<![\w-])--[a-z][a-z-]+")
VARIABLE = re.compile(r"\bGUILDHALL_[A-Z_]+\b")


def main():
    faults = [*images(), *flags(), *variables(), *mounted(), *toolchain()]
    sys.exit("\n".join(faults) or None)


def read(path):
    return path.read_text(encoding="utf-8")


def sources():
    """The files that tell how `guildhall` is called."""
    return [*sorted(path for path in DEPLOY.iterdir() if path.is_file()), GUIDE]


def compose():
    return YAML(typ="safe").load(read(DEPLOY / "compose.yaml"))


def images():
    named = {f"compose.yaml, {name}": it["image"] for name, it in compose()["services"].items()}
    stages = re.findall(r"^FROM (\S+)", read(DEPLOY / "Dockerfile"), re.MULTILINE)
    named |= {f"Dockerfile, {image}": image for image in stages}
    for place, image in named.items():
        tag = image.rpartition("/")[2].partition(":")[2]
        if tag in ("", "latest"):
            yield f"{place}: `{image}` has no tag that stays"


def sections():
    """What docs/cli.md says of each command."""
    found = {}
    for section in read(ROOT / "docs/cli.md").split("\n## `guildhall")[1:]:
        name, _, text = section.partition("`")
        found[name.strip()] = text
    return found


def flags():
    known = sections()
    for path in sources():
        for call in CALL.findall(read(path)):
            words = [word.strip() for word in re.split(r"[\s,]+", call)]
            names = [" ".join(words[:count]) for count in (2, 1)]
            section = next((known[name] for name in names if name in known), None)
            if section is None:
                continue
            for flag in FLAG.findall(call):
                if f" {flag} " not in section and f" {flag}\n" not in section:
                    yield f"{path.name}: `guildhall {call.strip()}`: there is no {flag}"
    everything = "".join(known.values())
    for flag in re.findall(r"`(--[a-z][a-z-]+)", read(GUIDE)):
        if flag not in everything:
            yield f"{GUIDE.name}: no command has {flag}"


def variables():
    known = read(ROOT / "docs/cli.md")
    for path in sources():
        for name in sorted(set(VARIABLE.findall(read(path)))):
            if not re.search(rf"\b{name}\b", known):
                yield f"{path.name}: there is no variable {name}"


def mounted():
    for name, service in compose()["services"].items():
        for volume in service.get("volumes", []):
            source = volume.partition(":")[0]
            if source.startswith("./") and not (DEPLOY / source).is_file():
                yield f"compose.yaml, {name}: `{source}` is not there"


def toolchain():
    channel = re.search(r'channel = "(.+)"', read(ROOT / "rust-toolchain.toml"))[1]
    text = read(DEPLOY / "Dockerfile")
    for needed in (f"FROM rust:{channel}-", f"RUSTUP_TOOLCHAIN={channel}\n"):
        if needed not in text:
            yield f"Dockerfile: there is no `{needed.strip()}`, as rust-toolchain.toml asks for"


main()
