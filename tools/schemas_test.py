#!/usr/bin/python3
"""What schemas.py finds in charm files with one thing wrong each. Run by `make lint`."""

import tempfile
import unittest
from pathlib import Path

import schemas

FILES = {
    "charmcraft": "type: charm\nbase: ubuntu@24.04\nplatforms:\n  amd64:\nparts:\n  charm:\n    plugin: nil\n",
    "metadata": "name: made\nsummary: made\ndescription: made\nmaintainers:\n  - us\ncharm-user: non-root\n",
    "config": "options:\n  one:\n    type: string\n",
    "actions": "{}\n",
    "rockcraft": "name: made\nsummary: made\ndescription: made\nbase: ubuntu@24.04\nversion: '1'\nplatforms:\n  amd64:\n"
    "checks:\n  one:\n    override: replace\n    tcp:\n      port: 1\nparts:\n  all:\n    plugin: nil\n",
}


def found(name=None, old="", new=""):
    """The findings with `old` replaced by `new` in one of the files."""
    with tempfile.TemporaryDirectory() as folder:
        for file, text in FILES.items():
            assert file != name or old in text
            Path(folder, f"{file}.yaml").write_text(text.replace(old, new, 1) if file == name else text)
        return [finding.removeprefix(f"{folder}/") for finding in schemas.check(Path(folder))]


class Schemas(unittest.TestCase):
    def test_good_files_have_no_findings(self):
        self.assertEqual(found(), [])

    def test_each_wrong_thing_is_named_with_its_file_and_line(self):
        for change, expected in [
            (("metadata", "non-root", "nobody"), "metadata.yaml:6: charm-user: 'nobody' is not one of "),
            (("metadata", "charm-user", "charm-uesr"), "metadata.yaml:6: charm-uesr is not known here"),
            (("metadata", "name: made", "name: [made"), "metadata.yaml:2: is not YAML: "),
            (("metadata", "summary: made\n", ""), "metadata.yaml:1: 'summary' is a required property"),
            (("metadata", "  - us", "  us: true"), "metadata.yaml:1: links.contact: "),
            (("config", "    type: string\n", "  one:\n"), "config.yaml:3: one stands here twice"),
            (("config", "options:", "- options:"), "config.yaml:1: config: "),
            (("charmcraft", "ubuntu@24.04", "debian@12"), "charmcraft.yaml:2: base: 'debian@12' is not one of "),
            (("charmcraft", "amd64", "amd46"), "charmcraft.yaml:4: platforms.amd46: None is not of type 'object'"),
            (("charmcraft", "base:", "name: made\nbase:"), "metadata.yaml:1: name stands in another file too"),
            (("rockcraft", "port: 1", "port: one"), "rockcraft.yaml:12: checks.one.tcp.port: 'one' is not of type 'integer'"),
            (("rockcraft", "plugin: nil", "plugin: nill"), "rockcraft.yaml:15: parts.all.plugin: 'nill' is not one of "),
            (("rockcraft", "tcp:", "tpc:"), "rockcraft.yaml:11: tpc is not known here"),
        ]:
            with self.subTest(change):
                findings = found(*change)
                self.assertTrue(any(finding.startswith(expected) for finding in findings), findings)


if __name__ == "__main__":
    unittest.main()
