#!/usr/bin/python3
"""What terraform_modules.py finds in the modules of this project with one thing wrong each. Run by `make lint`."""

import shutil
import tempfile
import unittest
from pathlib import Path

import terraform_modules

PROJECT = Path(__file__).resolve().parent.parent


def found(file=None, old="", new=""):
    """The findings with `old` replaced by `new` in one of the files."""
    with tempfile.TemporaryDirectory() as folder:
        for name in ("terraform", "charms"):
            shutil.copytree(PROJECT / name, Path(folder, name))
        for name in ("metadata.yaml", "config.yaml"):
            shutil.copy(PROJECT / name, folder)
        if file:
            text = Path(folder, file).read_text()
            assert old in text
            Path(folder, file).write_text(text.replace(old, new, 1))
        return [finding.removeprefix(f"{folder}/") for finding in terraform_modules.check(Path(folder))]


class Modules(unittest.TestCase):
    def test_good_modules_have_no_findings(self):
        self.assertEqual(found(), [])

    def test_each_wrong_thing_is_named_with_its_file_and_line(self):
        redis, app = "terraform/redis-k8s", "terraform/web-app"
        for change, expected in [
            ((f"{redis}/main.tf", "var.units", "var.unitz"), f"{redis}/main.tf:16: the variable unitz is not declared"),
            ((f"{redis}/main.tf", "var.constraints", "null"), "the variable constraints is not used"),
            ((f"{redis}/main.tf", "constraints  ", "constraintz  "), "juju_application knows no argument constraintz"),
            ((f"{redis}/main.tf", "    channel ", "    chanel "), f"{redis}/main.tf:8: juju_application knows no argument chanel"),
            ((f"{redis}/main.tf", "  charm {", "  charm ["), f"{redis}/main.tf:5: is not HCL"),
            ((f"{redis}/outputs.tf", "application.redis.name", "application.reddis.name"), "the resource reddis is not declared"),
            ((f"{redis}/outputs.tf", '= "redis"', '= "reddis"'), f"{redis}/outputs.tf:6: provides of "),
            ((f"{redis}/variables.tf", "  type        = string\n", ""), f"{redis}/variables.tf:1: the variable model_uuid: missing ['type']"),
            ((f"{redis}/variables.tf", "nullable", "nulable"), f"{redis}/variables.tf:1: the variable model_uuid: missing []"),
            ((f"{app}/main.tf", "local.own_names ?", "local.names ?"), f"{app}/main.tf:4: the local value names is not declared"),
            ((f"{app}/outputs.tf", "  description", "  deskription"), f"{app}/outputs.tf:1: the output app_name needs "),
            (("config.yaml", "  durability:", "  durable:"), f"{redis}/variables.tf:60: the options in "),
            (("charms/go/metadata.yaml", "  ingress:", "  ingres:"), f"{app}/outputs.tf:14: requires of "),
        ]:
            with self.subTest(change):
                findings = found(*change)
                self.assertTrue(any(expected in finding for finding in findings), findings)


if __name__ == "__main__":
    unittest.main()
