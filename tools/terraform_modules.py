#!/usr/bin/python3
"""Checks the Terraform modules without Terraform, which would need the provider's registry.

Usage: terraform_modules.py   (at the top level of the project)

Checked are the syntax, that what is named is declared and what is declared is named, that the provider knows each argument,
and that what a module says of its charm is what the charm's files say.
"""

import re
import sys
from pathlib import Path

import hcl2
import yaml

# What juju_application takes, from version 1.0 of the provider juju/juju on.
ARGUMENTS = {
    "charm", "config", "constraints", "endpoint_bindings", "expose", "machines", "model_uuid", "name",
    "registry_credentials", "resources", "storage_directives", "trust", "units",
}  # fmt: skip
CHARM = {"name", "base", "channel", "revision"}
# What else may stand in a variable.
VARIABLE = {"description", "type", "nullable", "default", "validation", "sensitive", "ephemeral"}
# How a module says which options its charm has.
OPTIONS = r"keys\(var\.config\), \[(.*?)\]"


class Module:
    """The files of one module."""

    def __init__(self, folder):
        self.folder = folder
        self.findings = []
        self.texts = {path: path.read_text() for path in sorted(folder.glob("*.tf"))}
        self.blocks = {}
        for path, text in self.texts.items():
            try:
                parsed = hcl2.loads(text)
            except Exception as error:  # the parser's own kinds are no part of its interface
                line = getattr(error, "line", 1)
                self.found(path, line if isinstance(line, int) and line > 0 else 1, "is not HCL")
                continue
            for kind, blocks in parsed.items():
                if isinstance(blocks, list):
                    self.blocks.setdefault(kind, []).extend(blocks)

    def found(self, path, line, problem):
        self.findings.append(f"{path}:{line}: {problem}")

    def found_at(self, pattern, problem):
        """A finding at the first line that the pattern matches."""
        for path, text in self.texts.items():
            for at, line in enumerate(text.splitlines(), 1):
                if re.search(pattern, line):
                    return self.found(path, at, problem)
        return self.found(self.folder, 1, problem)

    def named(self, kind):
        """The blocks of a kind, by name."""
        return {plain(name): body for block in self.blocks.get(kind, ()) for name, body in block.items() if is_key(name)}

    def references(self):
        """Each `var.NAME` and the like outside comments: what it is, and where."""
        for path, text in self.texts.items():
            for at, line in enumerate(text.splitlines(), 1):
                for kind, name in re.findall(r"\b(var|local|juju_application)\.(\w+)", line.split("# ")[0]):
                    yield kind, name, path, at

    def check_names(self):
        declared = {
            "var": set(self.named("variable")),
            "local": set(self.named("locals")),
            "juju_application": {
                plain(name) for body in self.named("resource").values() for name in body if is_key(name)
            },
        }
        words = {"var": "variable", "local": "local value", "juju_application": "resource"}
        used = {kind: set() for kind in declared}
        for kind, name, path, line in self.references():
            used[kind].add(name)
            if name not in declared[kind]:
                self.found(path, line, f"the {words[kind]} {name} is not declared")
        for name in sorted(declared["var"] - used["var"]):
            self.found_at(rf'^variable "{name}"', f"the variable {name} is not used")

    def check_arguments(self):
        for name, body in self.named("variable").items():
            missing = sorted({"description", "type"} - set(body))
            unknown = sorted(key for key in set(body) - VARIABLE if is_key(key))
            if missing or unknown:
                problem = f"the variable {name}: missing {missing}, unknown {unknown}"
                self.found_at(rf'^variable "{name}"', problem)
        for name, body in self.named("output").items():
            if {"description", "value"} - set(body):
                self.found_at(rf'^output "{name}"', f"the output {name} needs a description and a value")
        for body in self.named("resource").get("juju_application", {}).values():
            if not isinstance(body, dict):
                continue
            nested = [(charm, CHARM) for charm in body.get("charm", ())]
            for block, known in [(body, ARGUMENTS), *nested]:
                for key in sorted(key for key in set(block) - known if is_key(key)):
                    self.found_at(rf"^\s+{key}\s", f"juju_application knows no argument {key}")

    def check_charm(self, folder):
        """What the module says of the charm in this folder."""
        metadata, config = (yaml.safe_load((folder / name).read_text()) for name in ("metadata.yaml", "config.yaml"))
        for role in ("provides", "requires"):
            body = self.named("output").get(role, {}).get("value", {})
            told = sorted(plain(name) for key, name in body.items() if is_key(key))
            if told != sorted(metadata.get(role, ())):
                self.found_at(rf'^output "{role}"', f"{role} of {folder / 'metadata.yaml'} is otherwise: {told}")
        for listed in re.findall(OPTIONS, "\n".join(self.texts.values())):
            if sorted(re.findall(r'"(.*?)"', listed)) != sorted(config["options"]):
                self.found_at(OPTIONS, f"the options in {folder / 'config.yaml'} are {', '.join(sorted(config['options']))}")


def is_key(name):
    """The parser's own keys are none."""
    return not name.startswith("__")


def plain(name):
    return name.strip('"')


def check(project):
    """All that is wrong with the modules of the project."""
    findings = []
    web = sorted(path.parent for path in (project / "charms").glob("*/metadata.yaml"))
    for name, charms in {"redis-k8s": [project], "web-app": web}.items():
        module = Module(project / "terraform" / name)
        if not module.findings:
            module.check_names()
            module.check_arguments()
            for charm in charms:
                module.check_charm(charm)
        findings += module.findings
    return findings


if __name__ == "__main__":
    found = check(Path())
    print(*found, sep="\n", end="\n" if found else "", file=sys.stderr)
    sys.exit(1 if found else 0)
