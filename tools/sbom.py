#!/usr/bin/python3
"""Writes what the charm's binary is made of as a CycloneDX bill of materials, the same bytes for the same lockfile.

Usage: cargo metadata --locked --format-version 1 --filter-platform TARGET | sbom.py Cargo.lock > sidecharm.cdx.json

Crates that only tests, benchmarks or minijuju need are not in it; those that only run while it is built are, with the scope
`excluded`. Features are those of the whole workspace: one more crate may be named than the binary has, never one less.
"""

import json
import sys
import tomllib

ROOT = "sidecharm"


def purl(package):
    return f"pkg:cargo/{package['name']}@{package['version']}"


def is_macro(package):
    return any("proc-macro" in target["kind"] for target in package["targets"])


def reached(packages, nodes, root):
    """The packages that the root is built from: for each, whether it is in the binary."""
    linked, built, left = set(), set(), [(root, True)]
    while left:
        identity, is_linked = left.pop()
        is_linked = is_linked and not is_macro(packages[identity])
        if identity in linked or (identity in built and not is_linked):
            continue
        (linked if is_linked else built).add(identity)
        for dependency in nodes[identity]["deps"]:
            kinds = {kind["kind"] for kind in dependency["dep_kinds"]}
            if kinds & {None, "build"}:
                left.append((dependency["pkg"], is_linked and None in kinds))
    return {identity: identity in linked for identity in linked | built}


def component(package, is_linked, checksums):
    found = {
        "type": "library",
        "bom-ref": purl(package),
        "name": package["name"],
        "version": package["version"],
        "scope": "required" if is_linked else "excluded",
        "purl": purl(package),
    }
    if license := package.get("license"):
        # Of before there were expressions: a slash is an "or".
        found["licenses"] = [{"expression": license.replace("/", " OR ")}]
    if checksum := checksums.get((package["name"], package["version"])):
        found["hashes"] = [{"alg": "SHA-256", "content": checksum}]
    if repository := package.get("repository"):
        found["externalReferences"] = [{"type": "vcs", "url": repository}]
    return found


def bill(metadata, lockfile):
    """The document, of what `cargo metadata` and the lockfile tell."""
    packages = {package["id"]: package for package in metadata["packages"]}
    nodes = {node["id"]: node for node in metadata["resolve"]["nodes"]}
    root = next(identity for identity in metadata["workspace_members"] if packages[identity]["name"] == ROOT)
    used = reached(packages, nodes, root)
    checksums = {(one["name"], one["version"]): one.get("checksum") for one in lockfile["package"]}
    ordered = sorted(used, key=lambda identity: purl(packages[identity]))
    top = component(packages[root], True, checksums) | {"type": "application"}
    del top["scope"]
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {"component": top},
        "components": [component(packages[one], used[one], checksums) for one in ordered if one != root],
        "dependencies": [
            {
                "ref": purl(packages[one]),
                "dependsOn": sorted({purl(packages[other["pkg"]]) for other in nodes[one]["deps"] if other["pkg"] in used}),
            }
            for one in ordered
        ],
    }


def main(lockfile):
    with open(lockfile, "rb") as file:
        document = bill(json.load(sys.stdin), tomllib.load(file))
    json.dump(document, sys.stdout, indent=2, sort_keys=True)
    print()


if __name__ == "__main__":
    main(*sys.argv[1:])
