//! Twelve relations of one app, all with a provider that tells at once what a charm on the other side would.

use std::fs;
use std::path::Path;

use crate::model::Failure;

/// The application on the other side of all relations; its endpoints have the app's names.
pub const PROVIDER: &str = "provider";

/// An endpoint of the app, and what the provider answers: files for `tests/charms/provider`.
pub struct Relation {
    pub endpoint: &'static str,
    interface: &'static str,
    files: &'static [(&'static str, &'static str)],
}

impl Relation {
    fn declared(&self) -> String {
        format!("  {}: {{interface: {}}}\n", self.endpoint, self.interface)
    }
}

pub const RELATIONS: [Relation; 12] = [
    Relation {
        endpoint: "postgresql",
        interface: "postgresql_client",
        files: &[
            (
                "bags/postgresql.app.yaml",
                "database: flask-k8s\nendpoints: pg-primary:5432\nversion: '14.9'\n",
            ),
            ("secrets/postgresql.secret-user.yaml", "username: relation-5\npassword: pg-password\n"),
        ],
    },
    Relation {
        endpoint: "redis",
        interface: "redis",
        files: &[
            ("bags/redis.app.yaml", "leader-host: redis-0\n"),
            ("bags/redis.unit.yaml", "hostname: 10.1.2.3\nport: '6379'\n"),
        ],
    },
    Relation {
        endpoint: "s3",
        interface: "s3",
        files: &[(
            "bags/s3.app.yaml",
            "access-key: access\nsecret-key: s3-password\nbucket: flask-k8s\nendpoint: http://s3:9000\n\
             region: north\ns3-uri-style: path\n",
        )],
    },
    Relation {
        endpoint: "saml",
        interface: "saml",
        files: &[(
            "bags/saml.app.yaml",
            "entity_id: https://login.example.com\nx509certs: MIIC\n\
             metadata_url: https://login.example.com/saml/metadata\n\
             single_sign_on_service_redirect_url: https://login.example.com/saml/\n\
             single_sign_on_service_redirect_binding: urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect\n",
        )],
    },
    Relation {
        endpoint: "rabbitmq",
        interface: "rabbitmq",
        files: &[("bags/rabbitmq.app.yaml", "hostname: rabbitmq-0\npassword: rabbitmq-password\n")],
    },
    Relation {
        endpoint: "smtp",
        interface: "smtp",
        files: &[
            (
                "bags/smtp.app.yaml",
                "host: smtp.example.com\nport: '587'\nauth_type: plain\ntransport_security: starttls\n\
                 skip_ssl_verify: 'False'\ndomain: example.com\nuser: postman\n",
            ),
            ("secrets/smtp.password_id.yaml", "password: smtp-password\n"),
        ],
    },
    Relation {
        endpoint: "openfga",
        interface: "openfga",
        files: &[
            (
                "bags/openfga.app.yaml",
                "grpc_api_url: http://openfga:8081\nhttp_api_url: http://openfga:8080\n\
                 store_id: 01GK13VYZK62Q1T0X55Q2BHYD6\n",
            ),
            ("secrets/openfga.token_secret_id.yaml", "token: openfga-token\n"),
        ],
    },
    Relation {
        endpoint: "ingress",
        interface: "ingress",
        files: &[("bags/ingress.app.yaml", "ingress: '{\"url\": \"http://10.0.0.1/bench-flask-k8s\"}'\n")],
    },
    Relation {
        endpoint: "logging",
        interface: "loki_push_api",
        files: &[(
            "bags/logging.unit.yaml",
            "endpoint: '{\"url\": \"http://loki:3100/loki/api/v1/push\"}'\n",
        )],
    },
    Relation {
        endpoint: "http-proxy",
        interface: "http_proxy",
        files: &[(
            "bags/http-proxy.app.yaml",
            "responses: '[{\"auth\": \"none\", \"http_proxy\": \"http://squid:3128\", \
             \"https_proxy\": \"http://squid:3128\", \"requirer\": \"%asked:requirer%\", \"status\": \"ready\"}]'\n",
        )],
    },
    Relation { endpoint: "metrics-endpoint", interface: "prometheus_scrape", files: &[] },
    Relation { endpoint: "grafana-dashboard", interface: "grafana_dashboard", files: &[] },
];

/// What the app's own charm does not have yet, as lines under `requires:`.
pub fn required(metadata: &str) -> String {
    let is_new = |relation: &&Relation| !metadata.contains(&format!("\n  {}:\n", relation.endpoint));
    let line = |relation: &Relation| {
        format!("  {}: {{interface: {}, optional: true, limit: 1}}\n", relation.endpoint, relation.interface)
    };
    RELATIONS.iter().filter(is_new).map(line).collect()
}

/// Writes what the provider's charm is told beside its dispatch.
pub fn write_provider(charm: &Path) -> Result<(), Failure> {
    let endpoints = |is_read: bool| -> String {
        // The app provides what it has nothing to be told about.
        let relations = RELATIONS.iter().filter(|relation| relation.files.is_empty() == is_read);
        relations.map(Relation::declared).collect()
    };
    let container = "containers: {idle: {resource: image}}\nresources: {image: {type: oci-image}}";
    let (provides, requires) = (endpoints(false), endpoints(true));
    let metadata = format!(
        "name: provider\nsummary: none\ndescription: none\n{container}\nprovides:\n{provides}requires:\n{requires}"
    );
    let mut files = vec![("metadata.yaml", &*metadata)];
    files.extend(RELATIONS.iter().flat_map(|relation| relation.files));
    for (file, text) in files {
        let path = charm.join(file);
        let written = path.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| fs::write(&path, text));
        written.map_err(|error| Failure::new(format!("{}: {error}", path.display())))?;
    }
    Ok(())
}
