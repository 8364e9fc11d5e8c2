#!/usr/bin/python3
"""What sbom.py makes of a made-up lockfile, and that what it makes of this project's is CycloneDX. Run by `make lint`."""

import json
import subprocess
import tomllib
import unittest
from pathlib import Path

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

import sbom

PROJECT = Path(__file__).resolve().parent.parent


def package(name, license="MIT", kind="lib"):
    return {"id": name, "name": name, "version": "1.0.0", "license": license, "targets": [{"kind": [kind]}]}


def node(name, **dependencies):
    return {"id": name, "deps": [{"pkg": one, "dep_kinds": [{"kind": kind}]} for one, kind in dependencies.items()]}


METADATA = {
    "packages": [
        package("sidecharm"), package("minijuju"), package("linked", "MIT/Apache-2.0"), package("macro", kind="proc-macro"),
        package("parser"), package("builder"), package("both"), package("tester"),
    ],
    "workspace_members": ["minijuju", "sidecharm"],
    "resolve": {
        "nodes": [
            node("sidecharm", linked=None, macro=None, builder="build", tester="dev"), node("minijuju", sidecharm=None),
            node("linked", both=None), node("macro", parser=None, both=None), node("parser"), node("builder", both=None),
            node("both"), node("tester"),
        ]
    },
}  # fmt: skip
LOCKFILE = {"package": [{"name": "linked", "version": "1.0.0", "checksum": "ab" * 32}]}


class Bill(unittest.TestCase):
    def test_it_names_what_the_binary_is_made_of_and_what_only_makes_it(self):
        made = sbom.bill(METADATA, LOCKFILE)
        scopes = {one["name"]: one["scope"] for one in made["components"]}
        built = {"builder": "excluded", "macro": "excluded", "parser": "excluded"}
        self.assertEqual(scopes, {"linked": "required", "both": "required"} | built)
        linked = next(one for one in made["components"] if one["name"] == "linked")
        self.assertEqual(linked["licenses"], [{"expression": "MIT OR Apache-2.0"}])
        self.assertEqual(linked["hashes"], [{"alg": "SHA-256", "content": "ab" * 32}])
        top = next(one for one in made["dependencies"] if one["ref"] == "pkg:cargo/sidecharm@1.0.0")
        self.assertEqual(top["dependsOn"], [f"pkg:cargo/{name}@1.0.0" for name in ("builder", "linked", "macro")])

    def test_that_of_this_project_is_cyclonedx_and_has_every_checksum(self):
        asked = ["cargo", "metadata", "--locked", "--offline", "--format-version", "1"]
        metadata = json.loads(subprocess.run(asked, cwd=PROJECT, capture_output=True, check=True).stdout)
        made = sbom.bill(metadata, tomllib.loads((PROJECT / "Cargo.lock").read_text()))
        fault = JsonStrictValidator(SchemaVersion.V1_5).validate_str(json.dumps(made))
        self.assertIsNone(fault)
        self.assertEqual([one["name"] for one in made["components"] if "hashes" not in one or "licenses" not in one], [])
        self.assertIn("tokio", [one["name"] for one in made["components"]])


if __name__ == "__main__":
    unittest.main()
