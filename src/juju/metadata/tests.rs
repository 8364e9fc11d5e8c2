use proptest::prelude::*;

use super::*;

/// Reads one charm; `metadata` begins with the three keys that all need.
fn files(metadata: &str) -> Result<CharmFiles, MetadataError> {
    let text = format!("name: web\nsummary: s\ndescription: d\n{metadata}");
    CharmFiles::parse(&Sources { metadata: Some(&text), ..Sources::default() })
}

fn good(metadata: &str) -> Metadata {
    files(metadata).unwrap().metadata
}

fn faults<T: std::fmt::Debug>(result: Result<T, MetadataError>) -> Vec<String> {
    match result.unwrap_err() {
        MetadataError::Faults(faults) => faults.iter().map(Fault::to_string).collect(),
        other => panic!("{other}"),
    }
}

/// The metadata has exactly this fault.
fn refused(metadata: &str, fault: &str) {
    assert_eq!(faults(files(metadata)), [format!("metadata.yaml: {fault}")], "of {metadata}");
}

fn with_config(config: &str) -> Result<ConfigSchema, MetadataError> {
    let sources = Sources {
        metadata: Some("{name: web, summary: s, description: d}"),
        config: Some(config),
        ..Sources::default()
    };
    CharmFiles::parse(&sources).map(|files| files.config)
}

fn with_actions(actions: &str) -> Result<Actions, MetadataError> {
    let sources = Sources {
        metadata: Some("{name: web, summary: s, description: d}"),
        actions: Some(actions),
        ..Sources::default()
    };
    CharmFiles::parse(&sources).map(|files| files.actions)
}

const WHOLE: &str = r"
containers:
  web: {resource: web-image, mounts: [{storage: data, location: /srv/data}, {storage: data, location: /backup}], uid: 584792, gid: 999}
  side: {}
resources:
  web-image: {type: oci-image, description: i, upstream-source: reg/web:1}
  cert: {type: file, filename: cert.pem}
storage:
  data: {type: filesystem, location: /srv/data, minimum-size: 1.5G, multiple: {range: 0-}, read-only: off, properties: [transient]}
  raw: {type: block, multiple: {range: 2}, shared: yes}
provides: {site: {interface: http, limit: 3, optional: true}}
requires:
  db: mysql
  host: {interface: juju-info, scope: container, limit: 0}
peers: {cluster: {interface: web_peer}}
extra-bindings: {admin: }
assumes: [k8s-api, {any-of: [juju >= 3.6, {all-of: [juju >= 2.9.44, juju < 3]}]}]
charm-user: non-root
tags: [ignored]
";

#[test]
fn a_whole_metadata_is_read() {
    let metadata = good(WHOLE);
    assert!(metadata.is_kubernetes());
    assert_eq!((metadata.charm_user.id(), metadata.subordinate), (170, false));
    let web = metadata.containers.get(&"web".parse().unwrap()).unwrap();
    assert_eq!((web.resource.as_deref(), web.uid, web.gid), (Some("web-image"), 584_792, 999));
    let locations: Vec<&str> = web.mounts.iter().map(|mount| mount.location.as_str()).collect();
    assert_eq!(locations, ["/srv/data", "/backup"]);
    assert_eq!(metadata.containers.keys().map(ContainerName::as_str).collect::<Vec<_>>(), ["side", "web"]);
    assert_eq!(
        metadata.resources.get("cert").unwrap().kind,
        ResourceKind::File { filename: "cert.pem".to_owned() }
    );
    assert_eq!(metadata.resources.get("web-image").unwrap().upstream_source.as_deref(), Some("reg/web:1"));

    let data = metadata.storage.get(&"data".parse().unwrap()).unwrap();
    assert_eq!((data.count, data.minimum_mebibytes), (Count { minimum: 0, maximum: None }, Some(1536)));
    assert_eq!(
        (data.kind, data.read_only, data.shared, data.transient),
        (StorageKind::Filesystem, false, false, true)
    );
    let raw = metadata.storage.get(&"raw".parse().unwrap()).unwrap();
    assert_eq!((raw.count, raw.shared), (Count { minimum: 2, maximum: Some(2) }, true));

    let endpoint = |name: &str| metadata.endpoints.get(&name.parse().unwrap()).unwrap();
    assert_eq!((endpoint("site").limit, endpoint("site").optional), (Some(3), true));
    assert_eq!((endpoint("db").interface.as_str(), endpoint("db").limit), ("mysql", None));
    assert_eq!((endpoint("host").scope, endpoint("host").limit), (Scope::Container, None));
    let peers: Vec<&str> = metadata.endpoints_of(Role::Peer).map(|(name, _)| name.as_str()).collect();
    assert_eq!(peers, ["cluster"]);
    assert!(metadata.extra_bindings.contains(&"admin".parse().unwrap()));
}

#[test]
fn the_charms_of_this_project_are_good() {
    let root = env!("CARGO_MANIFEST_DIR");
    for folder in ["", "/tests/charms/ops", "/tests/charms/shell"] {
        let read = |file: &str| std::fs::read_to_string(format!("{root}{folder}/{file}")).ok();
        let texts =
            ["metadata.yaml", "charmcraft.yaml", "config.yaml", "actions.yaml", "manifest.yaml"].map(read);
        let [metadata, charmcraft, config, actions, manifest] = texts.each_ref().map(Option::as_deref);
        let files = CharmFiles::parse(&Sources { metadata, charmcraft, config, actions, manifest }).unwrap();
        assert!(files.metadata.is_kubernetes(), "{folder}");
    }
}

const BROKEN: &str = "
name: Web_App
summary:
description: [d]
series: [jammy]
containers:
  Web: {resource: nothing, uid: 1500}
  app: {resource: cert, mounts: [{storage: gone, location: /a}, {storage: data}, {storage: data, location: b}], gid: -1}
resources: {cert: {type: file, filename: a/b}, odd: {type: image}, none: }
storage:
  data: {type: filesystem, multiple: {range: 3-1}, minimum-size: big, location: srv}
  raw: {type: block, location: /dev/x, properties: [fast]}
  a-1: {type: tape}
provides: {juju-x: {interface: http}, db: {interface: juju-info}, site: }
requires: {db: {interface: mysql, limit: -1, scope: all, optional: maybe}}
peers: [p]
extra-bindings: {db: , x: 1}
assumes: [juju > 3, {one-of: []}, 7]
charm-user: nobody
subordinate: 'true'
";

#[test]
fn every_fault_is_told_at_once() {
    insta::assert_snapshot!(faults(Metadata::parse(BROKEN)).join("\n"), @r#"
    metadata.yaml: series: cannot be used together with containers
    metadata.yaml: resources.cert.filename: must be a plain file name, got "a/b"
    metadata.yaml: resources.odd.type: must be file or oci-image, got "image"
    metadata.yaml: resources.none.type: is required
    metadata.yaml: storage.data.location: must be an absolute path, got "srv"
    metadata.yaml: storage.data.multiple.range: must be like 1, 0-, 1-3 or 2+, got "3-1"
    metadata.yaml: storage.data.minimum-size: must be a size such as 512M or 1.5G, got "big"
    metadata.yaml: storage.raw.location: only a filesystem has a location
    metadata.yaml: storage.raw.properties.0: must be transient, got "fast"
    metadata.yaml: storage.a-1.type: must be filesystem or block, got "tape"
    metadata.yaml: name: "Web_App" is not a valid charm name
    metadata.yaml: subordinate: must be a boolean, got a text
    metadata.yaml: provides.juju-x: the names juju and juju-… are reserved
    metadata.yaml: provides.db.interface: the interfaces juju and juju-… are reserved
    metadata.yaml: provides.site: needs an interface
    metadata.yaml: requires.db.limit: must be 0 or more, got -1
    metadata.yaml: requires.db.scope: must be global or container, got "all"
    metadata.yaml: requires.db.optional: must be a boolean, got a text
    metadata.yaml: requires.db: two endpoints have this name
    metadata.yaml: peers: must be a map, got a list
    metadata.yaml: summary: is required
    metadata.yaml: description: must be a text, got a list
    metadata.yaml: containers.Web.resource: resource "nothing" is not declared
    metadata.yaml: containers.Web.uid: must be 0 to 999, or 10000 and more, got 1500
    metadata.yaml: containers.Web: "Web" is not a valid container name
    metadata.yaml: containers.app.resource: resource "cert" is not of type oci-image
    metadata.yaml: containers.app.mounts.0.storage: storage "gone" is not declared
    metadata.yaml: containers.app.mounts.1.location: is required
    metadata.yaml: containers.app.mounts.2.location: must be an absolute path, got "b"
    metadata.yaml: containers.app.gid: must be 0 to 999, or 10000 and more, got -1
    metadata.yaml: extra-bindings.db: an endpoint has this name
    metadata.yaml: extra-bindings.x: takes no value
    metadata.yaml: assumes.0: must be like `juju >= 3.6` or `k8s-api`, got "juju > 3"
    metadata.yaml: assumes.1: must be a feature, or a map with one key any-of or all-of
    metadata.yaml: assumes.2: must be a feature, or a map with one key any-of or all-of
    metadata.yaml: charm-user: must be root, sudoer or non-root, got "nobody"
    "#);
}

#[test]
fn the_faults_of_all_files_are_told_together() {
    let sources = Sources {
        metadata: Some("{name: web, summary: s}"),
        config: Some(
            "options: {a: {}, b: {type: text}, c: {type: int, default: 1.5}, d: {type: secret, default: x}}",
        ),
        actions: Some(
            "{juju-x: {}, Bad: {params: {a: {type: str}}}, ok: {parallel: perhaps, params: {b: {$ref: x}}}}",
        ),
        manifest: Some("{bases: []}"),
        charmcraft: None,
    };
    insta::assert_snapshot!(faults(CharmFiles::parse(&sources)).join("\n"), @r#"
    metadata.yaml: description: is required
    config.yaml: options.a.type: is required
    config.yaml: options.b.type: must be string, int, float, boolean or secret, got "text"
    config.yaml: options.c.default: must be of type int
    config.yaml: options.d.default: must be of type secret
    actions.yaml: juju-x: the names juju and juju-… are reserved
    actions.yaml: Bad.params.a.type: must be one of string, integer, number, boolean, array, object, null, got "str"
    actions.yaml: Bad: "Bad" is not a valid action name
    actions.yaml: ok.parallel: must be a boolean, got a text
    actions.yaml: ok.params.b: $ref and $schema are not supported by Juju
    manifest.yaml: bases: at least one base is required
    "#);
}

#[test]
fn names_that_juju_keeps_for_itself_are_refused() {
    let reserved = "the names juju and juju-… are reserved";
    refused("provides: {juju: {interface: a}}", &format!("provides.juju: {reserved}"));
    refused("requires: {juju-db: {interface: a}}", &format!("requires.juju-db: {reserved}"));
    refused(
        "peers: {p: {interface: juju}}",
        "peers.p.interface: the interfaces juju and juju-… are reserved",
    );
    good("requires: {host: {interface: juju-info}}");
    good("subordinate: true\nrequires: {juju-info: {interface: juju-info, scope: container}}");
    refused("subordinate: true", "subordinate: needs a required endpoint with scope container");
    let own = "{name: juju-qa, summary: s, description: d, provides: {juju-x: {interface: juju-y}}}";
    assert!(Metadata::parse(own).is_ok());
}

#[test]
fn containers_keep_to_kubernetes_rules() {
    for id in [0, 999, 10_000, 584_792, 2_147_483_647] {
        good(&format!("containers: {{a: {{uid: {id}, gid: {id}}}}}"));
    }
    for id in ["1000", "9999", "-1", "2147483648"] {
        let fault = format!("containers.a.uid: must be 0 to 999, or 10000 and more, got {id}");
        refused(&format!("containers: {{a: {{uid: {id}}}}}"), &fault);
    }
    let long = "a".repeat(64);
    refused(
        &format!("containers: {{{long}: {{}}}}"),
        &format!("containers.{long}: {long:?} is not a valid container name"),
    );
    let mounts = |location: &str| {
        format!(
            "storage: {{d: {{type: filesystem}}}}\ncontainers: {{a: {{mounts: [{{storage: d, location: /x}}, {{storage: d, location: {location}}}]}}}}"
        )
    };
    good(&mounts("/y"));
    refused(&mounts("/x"), "containers.a.mounts.1.location: \"/x\" is used twice");
}

#[test]
fn storage_counts_and_sizes_have_jujus_spellings() {
    let count =
        |range: &str| good(&format!("storage: {{d: {{type: block, multiple: {{range: {range}}}}}}}")).storage;
    for (range, minimum, maximum) in [
        ("1", 1, Some(1)),
        ("0-", 0, None),
        ("2+", 2, None),
        ("1-3", 1, Some(3)),
        ("'4'", 4, Some(4)),
        ("0-1", 0, Some(1)),
    ] {
        let expected = Count { minimum, maximum };
        assert_eq!(
            count(range).values().map(|storage| storage.count).collect::<Vec<_>>(),
            [expected],
            "{range}"
        );
    }
    for range in ["0", "3-1", "x", "-", "'-1'", "1-2-3", "1.5"] {
        assert!(
            files(&format!("storage: {{d: {{type: block, multiple: {{range: {range}}}}}}}")).is_err(),
            "{range}"
        );
    }
    let size = |size: &str| files(&format!("storage: {{d: {{type: block, minimum-size: {size}}}}}"));
    for (text, mebibytes) in [
        ("100", 100),
        ("1M", 1),
        ("1G", 1024),
        ("1.5G", 1536),
        ("2GiB", 2048),
        ("2GB", 2048),
        ("1T", 1 << 20),
        ("0", 0),
    ] {
        let read = size(text).unwrap().metadata.storage.into_values().next().unwrap().minimum_mebibytes;
        assert_eq!(read, Some(mebibytes), "{text}");
    }
    for text in ["x", "1K", "-1G", "G", "1.2.3G", "1 G", "99999999Y", "''"] {
        assert!(size(text).is_err(), "{text}");
    }
}

#[test]
fn booleans_and_numbers_are_read_as_go_reads_them() {
    for word in ["true", "yes", "Yes", "YES", "on", "y", "Y", "True"] {
        assert!(
            good(&format!("storage: {{d: {{type: block, shared: {word}}}}}"))
                .storage
                .values()
                .all(|d| d.shared)
        );
    }
    for word in ["false", "no", "off", "OFF", "n", "FALSE"] {
        assert!(
            good(&format!("storage: {{d: {{type: block, shared: {word}}}}}"))
                .storage
                .values()
                .all(|d| !d.shared)
        );
    }
    for word in ["maybe", "1", "yEs", "[]"] {
        assert!(files(&format!("storage: {{d: {{type: block, shared: {word}}}}}")).is_err(), "{word}");
    }
    let integer = |text: &str| with_config(&format!("options: {{a: {{type: int, default: {text}}}}}"));
    for (text, number) in
        [("12", 12), ("-3", -3), ("012", 10), ("0755", 493), ("1_000", 1000), ("0x1F", 31), ("0o14", 12)]
    {
        let default = integer(text).unwrap().options.into_values().next().unwrap().default;
        assert_eq!(default, Some(OptionValue::Integer(number)), "{text}");
    }
    for text in ["1.5", "'12'", "08", "x", "_1", "1e3", "''"] {
        assert!(integer(text).is_err(), "{text}");
    }
}

#[test]
fn option_defaults_have_their_types() {
    let default = |option_type: &str, default: &str| {
        let schema = with_config(&format!(
            "options: {{a: {{type: {option_type}, default: {default}, description: x}}}}"
        ));
        schema.map(|schema| schema.options.into_values().next().unwrap().default)
    };
    assert_eq!(default("string", "''").unwrap(), Some(OptionValue::Text(String::new())));
    assert_eq!(default("string", "abc").unwrap(), Some(OptionValue::Text("abc".to_owned())));
    assert_eq!(default("float", "1").unwrap(), Some(OptionValue::Float(1.0)));
    assert_eq!(default("boolean", "on").unwrap(), Some(OptionValue::Boolean(true)));
    assert_eq!(default("int", "").unwrap(), None);
    assert_eq!(default("boolean", "~").unwrap(), None);
    let secret = OptionValue::Secret("9m4e2mr0ui3e8a215n4g".parse().unwrap());
    assert_eq!(default("secret", "'secret:9m4e2mr0ui3e8a215n4g'").unwrap(), Some(secret));
    for (option_type, text) in
        [("string", "1"), ("string", "true"), ("float", "x"), ("boolean", "1"), ("secret", "x")]
    {
        let expected = format!("config.yaml: options.a.default: must be of type {option_type}");
        let error = default(option_type, text).unwrap_err().to_string();
        assert_eq!(error, expected, "{text}");
    }
    assert!(with_config("").unwrap().options.is_empty());
    assert!(with_config("options: {}").unwrap().options.is_empty());
}

#[test]
fn what_the_operator_types_is_checked_against_the_type() {
    let check = |option_type: OptionType, text: &str, expected: Option<OptionValue>| {
        assert_eq!(option_type.parse_value(text).ok(), expected, "{text} as {option_type:?}");
    };
    check(OptionType::Text, "", Some(OptionValue::Text(String::new())));
    check(OptionType::Integer, "-5", Some(OptionValue::Integer(-5)));
    check(OptionType::Integer, "5.0", None);
    check(OptionType::Float, "5", Some(OptionValue::Float(5.0)));
    check(OptionType::Float, "NaN", None);
    check(OptionType::Boolean, "T", Some(OptionValue::Boolean(true)));
    check(OptionType::Boolean, "yes", None);
    check(OptionType::Secret, "secret:x", None);
    let refusal = OptionType::Integer.parse_value("x").unwrap_err();
    assert_eq!(refusal, "must be of type int, got \"x\"");
}

const BACKUP: &str = "
backup:
  description: saves
  parallel: true
  execution-group: io
  params:
    name: {type: string, default: world}
    level: {type: integer, minimum: 1}
    any: {description: untyped}
  required: [level, name]
  additionalProperties: no
plain:
bare: {params: }
";

#[test]
fn an_action_becomes_a_schema() {
    let actions = with_actions(BACKUP).unwrap();
    let backup = actions.actions.get(&"backup".parse().unwrap()).unwrap();
    assert_eq!((backup.parallel, backup.execution_group.as_str()), (true, "io"));
    insta::assert_snapshot!(serde_json::to_string_pretty(&backup.schema).unwrap(), @r#"
    {
      "additionalProperties": false,
      "description": "saves",
      "properties": {
        "any": {
          "description": "untyped"
        },
        "level": {
          "minimum": 1,
          "type": "integer"
        },
        "name": {
          "default": "world",
          "type": "string"
        }
      },
      "required": [
        "level",
        "name"
      ],
      "type": "object"
    }
    "#);
}

#[test]
fn defaults_of_an_action_are_filled_in() {
    let actions = with_actions(BACKUP).unwrap();
    let backup = actions.actions.get(&"backup".parse().unwrap()).unwrap();
    let given = serde_json::json!({"level": 3}).as_object().unwrap().clone();
    assert_eq!(backup.with_defaults(given.clone()).get("name").unwrap(), "world");
    let mut named = given;
    named.insert("name".to_owned(), "x".into());
    assert_eq!(backup.with_defaults(named.clone()), named);
    for name in ["plain", "bare"] {
        let action = actions.actions.get(&name.parse().unwrap()).unwrap();
        assert!(action.with_defaults(serde_json::Map::new()).is_empty());
    }
}

#[test]
fn actions_that_juju_refuses_are_faults() {
    for bad in [
        "juju: {}",
        "juju-x: {}",
        "Up: {}",
        "a_b: {}",
        "x: 1",
        "x: {params: {a: {type: str}}}",
        "x: {params: 1}",
    ] {
        assert!(with_actions(bad).is_err(), "{bad}");
    }
}

#[test]
fn assumptions_are_weighed_against_the_model() {
    let unmet = |assumes: &str, juju: &str, kubernetes: bool| {
        let platform = Platform {
            juju: JujuVersion::parse(juju).unwrap(),
            kubernetes: kubernetes.then(|| JujuVersion::release(1, 30, 0)),
        };
        good(&format!("assumes: {assumes}")).assumes.unmet(&platform)
    };
    let check = |assumes: &str, juju: &str, expected: &[&str]| {
        assert_eq!(unmet(assumes, juju, true), expected, "{assumes} on {juju}");
    };
    check("[]", "2.9.0", &[]);
    check("[k8s-api, juju >= 3.6]", "3.6.0", &[]);
    check("[juju >= 3.6]", "3.6-beta2", &["juju >= 3.6.0"]);
    check("[juju>=3.1, 'juju < 4.0']", "4.0.1", &["juju < 4.0.0"]);
    check("['k8s-api >= 1.31']", "3.6.0", &["k8s-api >= 1.31.0"]);
    check("[warp-drive]", "3.6.0", &["warp-drive"]);
    let nested = "[{any-of: [juju >= 3.6, {all-of: [juju >= 2.9.44, juju < 3]}]}]";
    check(nested, "2.9.50", &[]);
    check(nested, "3.6.1", &[]);
    check(nested, "3.1.0", &["any of (juju >= 3.6.0, all of (juju >= 2.9.44, juju < 3.0.0))"]);
    assert_eq!(unmet("[k8s-api]", "3.6.0", false), ["k8s-api"]);
    for bad in
        ["juju", "[juju > 3]", "[juju >= x]", "['>= 3']", "[Juju]", "[{any-of: [], all-of: []}]", "[[]]"]
    {
        assert!(files(&format!("assumes: {bad}")).is_err(), "{bad}");
    }
}

const UNIFIED: &str = "
name: demo
title: Demo
summary: s
description: d
type: charm
containers: {app: {resource: app-image}}
resources: {app-image: {type: oci-image}}
peers: {secret-storage: {interface: secret-storage}}
config: {options: {port: {type: int, default: 8080}}}
actions: {rotate-secret-key: {description: r}}
";

#[test]
fn one_file_may_hold_all() {
    let files = CharmFiles::parse(&Sources { charmcraft: Some(UNIFIED), ..Sources::default() }).unwrap();
    assert_eq!(files.metadata.name.as_str(), "demo");
    assert_eq!(files.config.options.len(), 1);
    assert!(files.actions.actions.contains_key(&"rotate-secret-key".parse().unwrap()));
    assert_eq!(files.manifest, None);
}

#[test]
fn what_packing_would_lose_is_a_fault() {
    let minimal = Some("{name: demo, summary: s, description: d}");
    let both = Sources { metadata: minimal, charmcraft: Some(UNIFIED), ..Sources::default() };
    let lost = "has no effect here since there is a metadata.yaml: move it there";
    assert_eq!(
        faults(CharmFiles::parse(&both)),
        ["containers", "peers", "resources"].map(|key| format!("charmcraft.yaml: {key}: {lost}"))
    );
    let twice = Sources {
        charmcraft: Some(UNIFIED),
        config: Some("options: {}"),
        actions: Some("{}"),
        ..Sources::default()
    };
    assert_eq!(
        faults(CharmFiles::parse(&twice)),
        [
            "charmcraft.yaml: config: must not be given here and in config.yaml",
            "charmcraft.yaml: actions: must not be given here and in actions.yaml"
        ]
    );
    let extended = "{name: demo, summary: s, description: d, extensions: [flask-framework]}";
    let extended = Sources { charmcraft: Some(extended), ..Sources::default() };
    assert_eq!(
        faults(CharmFiles::parse(&extended)),
        [
            "charmcraft.yaml: extensions: must be expanded first: pack the charm, or run charmcraft expand-extensions"
        ]
    );
}

#[test]
fn what_is_no_charm_says_why() {
    let error = CharmFiles::parse(&Sources::default()).unwrap_err();
    assert_eq!(error.to_string(), "a charm needs metadata.yaml, or charmcraft.yaml");
    let error = Metadata::parse("name: [").unwrap_err();
    assert_eq!(error.to_string(), "metadata.yaml is not YAML");
    assert!(std::error::Error::source(&error).is_some());
    let error = Metadata::parse("just text").unwrap_err().to_string();
    assert_eq!(
        error,
        "metadata.yaml: name: is required; metadata.yaml: summary: is required; metadata.yaml: description: is required"
    );
}

#[test]
fn a_manifest_names_its_bases() {
    let manifest = "{bases: [{name: ubuntu, channel: 22.04/stable, architectures: [amd64, arm64]}, {name: ubuntu, channel: 24.04}]}";
    let metadata = Some("{name: web, summary: s, description: d}");
    let files =
        CharmFiles::parse(&Sources { metadata, manifest: Some(manifest), ..Sources::default() }).unwrap();
    let bases = files.manifest.unwrap().bases;
    let channels: Vec<&str> = bases.iter().map(|base| base.channel.as_str()).collect();
    assert_eq!(channels, ["22.04/stable", "24.04"]);
    assert_eq!(bases.first().unwrap().architectures, ["amd64", "arm64"]);
}

#[test]
fn anchors_and_merge_keys_are_followed() {
    let metadata = good(
        "resources: {image: {type: oci-image}}\ncontainers:\n  a: &a {resource: image, uid: 5}\n  b: {<<: *a, gid: 6}",
    );
    let b = metadata.containers.get(&"b".parse().unwrap()).unwrap();
    assert_eq!((b.resource.as_deref(), b.uid, b.gid), (Some("image"), 5, 6));
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in "(?s).{0,80}", key in "[a-z-]{1,12}", value in "[\\[\\]{}:,~a-z0-9 .<>=*&-]{0,24}") {
        let line = format!("{key}: {value}");
        for text in [text.as_str(), line.as_str()] {
            let some = Some(text);
            let sources = Sources { metadata: some, charmcraft: some, config: some, actions: some, manifest: some };
            drop(CharmFiles::parse(&sources));
            drop(CharmFiles::parse(&Sources { metadata: None, ..sources }));
        }
    }

    /// One value of a good file replaced: a fault, or read the same each time.
    #[test]
    fn one_odd_value_is_read_or_a_fault(line in 0..30_usize, value in "[\\[\\]{}~a-z0-9.'-]{0,8}") {
        let mut lines: Vec<String> = format!("name: web\nsummary: s\ndescription: d{WHOLE}").lines().map(str::to_owned).collect();
        let at = line % lines.len();
        if let Some((key, _)) = lines.get(at).and_then(|line| line.split_once(':')) {
            let replaced = format!("{key}: {value}");
            lines.insert(at, replaced);
            lines.remove(at + 1);
        }
        if let Ok(metadata) = Metadata::parse(&lines.join("\n")) {
            prop_assert_eq!(Metadata::parse(&lines.join("\n")).unwrap(), metadata);
        }
    }
}
