use super::*;

const TEMPLATE: &str = r#"#!/usr/bin/env python3
# Copyright 2026 Somebody
# See LICENSE file for licensing details.

"""Go Charm entrypoint."""

import logging
import typing

import ops

import paas_charm.go

logger = logging.getLogger(__name__)


class MyAppCharm(paas_charm.go.Charm):
    """Go Charm service."""

    def __init__(self, *args: typing.Any) -> None:
        """Initialize the instance.

        Args:
            args: passthrough to CharmBase.
        """
        super().__init__(*args)


if __name__ == "__main__":
    ops.main(MyAppCharm)
"#;

fn plain(text: &str, framework: Framework) {
    assert_eq!(examine(text), Examined { framework: Some(framework), additions: Vec::new() }, "{text}");
}

/// The lines that are the charm's own.
fn own(text: &str) -> Vec<String> {
    let show = |one: Addition| format!("{}: {}", one.line, one.source);
    examine(text).additions.into_iter().map(show).collect()
}

/// The template with something changed or put in.
fn own_with(from: &str, to: &str) -> Vec<String> {
    assert!(TEMPLATE.contains(from));
    own(&TEMPLATE.replacen(from, to, 1))
}

#[test]
fn the_program_of_charmcraft_init_is_known_for_every_framework() {
    for (module, framework) in MODULES {
        plain(&TEMPLATE.replace("paas_charm.go", module), *framework);
    }
    plain(&TEMPLATE.replace('\n', "\r\n"), Framework::Go);
    plain(&format!("\u{feff}{TEMPLATE}"), Framework::Go);
}

#[test]
fn other_ways_to_write_the_same_are_known() {
    let class = |import: &str, base: &str, body: &str, start: &str| {
        plain(&format!("{import}\n\nclass C({base}):{body}\n\n{start}\n"), Framework::Flask);
    };
    let start = "if __name__ == '__main__': ops.main(C)";
    class("import ops, paas_charm.flask", "paas_charm.flask.Charm", " pass", start);
    class("import ops\nimport paas_charm.flask as web", "web.Charm", " ...", start);
    class("import ops\nfrom paas_charm import flask", "flask.Charm", "\n    'The app.'", start);
    class(
        "from ops.main import main\nfrom paas_charm.flask import (Charm,)",
        "Charm",
        "\n  def __init__(self, framework: dict[str, ops.Framework]):\n    super(C, self).__init__(framework)",
        "main(C)",
    );
    class(
        "import ops.main\nfrom paas_charm.flask import Charm as Base",
        "Base",
        "\n\tdef __init__(self, *args, **kwargs,) -> None: super().__init__(*args, **kwargs)",
        "ops.main.main(\n    C\n)",
    );
}

#[test]
fn what_the_template_does_not_have_is_told_with_its_line() {
    assert_eq!(own_with("import ops\n", "import ops\nimport requests\n"), ["11: import requests"]);
    assert_eq!(
        own_with("import ops\n", "import ops\nfrom helpers import *\n"),
        ["11: from helpers import *"]
    );
    assert_eq!(own_with("import typing\n", "import typing; print(1)\n"), ["8: import typing; print(1)"]);
    assert_eq!(
        own_with("super().__init__(*args)", "super().__init__(*args)\n        self.framework.observe(x, y)"),
        ["20: def __init__(self, *args: typing.Any) -> None:"]
    );
    let methods = "super().__init__(*args)\n\n    @property\n    def port(self):\n        return 1";
    assert_eq!(own_with("super().__init__(*args)", methods), ["28: @property", "29: def port(self):"]);
    assert_eq!(own_with("\n\nif", "\n\nPORT = 1\n\nif"), ["29: PORT = 1"]);
    assert_eq!(own_with("paas_charm.go.Charm)", "Mixin, paas_charm.go.Charm)").len(), 2);
    assert_eq!(own_with("logging.getLogger(__name__)", "logging.getLogger(f'{x()}')").len(), 1);
    assert_eq!(own_with("\"\"\"Go Charm service.\"\"\"", "f'{x()}'"), ["18: f'{x()}'"]);
    assert_eq!(own_with("super().__init__(*args)", "super().__init__(*args[1:])").len(), 1);
    assert_eq!(own_with("self, *args", "self, x=1, *args").len(), 1);
    assert_eq!(own_with("ops.main(MyAppCharm)", "ops.main(Other)").len(), 1);
    assert_eq!(
        own_with("ops.main(MyAppCharm)", "setup()\n    ops.main(MyAppCharm)"),
        ["29: if __name__ == \"__main__\":"]
    );
}

#[test]
fn code_of_its_own_does_not_hide_the_framework() {
    let framework = |text: &str| examine(text).framework;
    assert_eq!(framework(&TEMPLATE.replace("super()", "setup()")), Some(Framework::Go));
    assert_eq!(framework("import paas_charm.django\nclass C(make(1)): pass\n"), Some(Framework::Django));
    assert_eq!(framework("from paas_charm.django import Charm\n"), Some(Framework::Django));
    assert_eq!(framework("import paas_charm.django\nimport paas_charm.flask\n"), None);
    assert_eq!(framework("import ops\n"), None);
}

#[test]
fn a_program_without_paas_charm_is_no_template() {
    assert_eq!(own(""), ["1: no class that has one of paas-charm's for its base"]);
    assert_eq!(own("import ops\nclass C(ops.CharmBase):\n    pass\nops.main(C)\n").len(), 2);
    assert_eq!(own("print('")[0], "1: from here on it is not Python that can be read");
}

#[test]
fn a_module_of_comments_is_empty() {
    assert!(is_empty("") && is_empty("# a\n\n\"\"\"b\"\"\"\n"));
    assert!(!is_empty("x = 1\n") && !is_empty("# a\rx = 1") && !is_empty("'"));
}

proptest::proptest! {
    #[test]
    fn no_text_makes_it_panic(
        text in ".*",
        words in proptest::collection::vec(
            proptest::sample::select(vec![
                "class", "C", "(", ")", ":", "\n", "    ", "def", "__init__", "self", ",", "*", "import", "from", ".",
                "paas_charm", "flask", "Charm", "as", "super", "if", "__name__", "=", "'__main__'", "-", ">", "None",
            ]),
            0..40,
        ),
    ) {
        drop(examine(&text));
        drop(examine(&words.join(" ")));
        drop(examine(&words.concat()));
    }
}
