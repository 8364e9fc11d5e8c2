"""The files and layers of a pod. Nothing here talks to anybody."""

import hashlib

import ops

SERVER_PORT = 6379
SENTINEL_PORT = 26379
EXPORTER_PORT = 9121

SERVER_FILE = "/etc/sidecharm/redis/redis.conf"
ACL_FILE = "/etc/sidecharm/redis/users.acl"
EXPORTER_FILE = "/etc/sidecharm/redis/exporter.json"
LINEAGE_FILE = "/var/lib/redis/.sidecharm-lineage.json"
SENTINEL_FILE = "/var/lib/redis/sentinel/sentinel.conf"
DEBIAN_EXPORTER = "/usr/bin/prometheus-redis-exporter"
ROCK_EXPORTER = "/bin/redis_exporter"

USERS = {
    "sidecharm": ("operator-password", "~* &* +@all"),
    "replication": ("replication-password", "+psync +replconf +ping"),
    "sentinel": (
        "failover-password",
        "&* +multi +exec +slaveof +replicaof +config|rewrite +client|setname +client|kill +script|kill "
        "+ping +info +role +publish +subscribe",
    ),
    "exporter": (
        "exporter-password",
        "~* +client|setname +client|list +ping +info +config|get +slowlog|get +slowlog|len +latency|latest "
        "+latency|histogram +memory|usage +select +cluster|info +dbsize",
    ),
}


def digest(text: str) -> str:
    """The SHA-256 of a text, in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def sentinel_id(model_uuid: str, unit: str) -> str:
    """The same sentinel for every pod a unit ever has."""
    return digest(f"sentinel {model_uuid} {unit}")[:40]


def server_conf(host: str, passwords: dict[str, str], settings: dict[str, str]) -> str:
    """The server's file; its first line tells it apart after the server has rewritten it."""
    body = "\n".join(
        [
            "bind * -::*",
            f"port {SERVER_PORT}",
            "protected-mode no",
            "dir /var/lib/redis",
            f"aclfile {ACL_FILE}",
            "masteruser replication",
            f"masterauth {passwords['replication-password']}",
            f"replica-announce-ip {host}",
            f"replica-announce-port {SERVER_PORT}",
            "appendonly yes",
            f"appendfsync {settings['appendfsync']}",
            "aof-timestamp-enabled yes",
            "save 3600 1",
            f"min-replicas-to-write {settings['min-replicas-to-write']}",
            "min-replicas-max-lag 3",
            "repl-backlog-size 64mb",
            "repl-diskless-sync yes",
            "repl-diskless-sync-delay 0",
            "repl-diskless-load on-empty-db",
            "shutdown-timeout 10",
            "",
        ]
    )
    return f"# sidecharm {digest(body)}\n{body}"


def acl(passwords: dict[str, str], is_open: bool) -> str:
    """Who may do what."""
    if is_open:
        lines = ["user default on nopass ~* &* +@all -@admin"]
    else:
        lines = [f"user default on #{digest(passwords['redis-password'])} ~* &* +@all"]
    lines += [f"user {name} on #{digest(passwords[key])} {rule}" for name, (key, rule) in USERS.items()]
    return "\n".join(lines) + "\n"


def sentinel_conf(
    application: str, host: str, own_id: str, master: str, quorum: int, passwords: dict[str, str]
) -> str:
    """The first file of a sentinel, which is the sentinel's own from then on."""
    return "\n".join(
        [
            "bind * -::*",
            f"port {SENTINEL_PORT}",
            "protected-mode no",
            "dir /tmp",
            f"requirepass {passwords['sentinel-password']}",
            "sentinel resolve-hostnames yes",
            "sentinel announce-hostnames yes",
            f"sentinel announce-ip {host}",
            f"sentinel announce-port {SENTINEL_PORT}",
            f"sentinel myid {own_id}",
            f"sentinel monitor {application} {master} {SERVER_PORT} {quorum}",
            f"sentinel down-after-milliseconds {application} 2000",
            f"sentinel failover-timeout {application} 10000",
            f"sentinel parallel-syncs {application} 1",
            f"sentinel auth-user {application} sentinel",
            f"sentinel auth-pass {application} {passwords['failover-password']}",
            "",
        ]
    )


def port_check(port: int) -> ops.pebble.CheckDict:
    """A server is well when its port is open."""
    return {"override": "replace", "level": "ready", "threshold": 3, "tcp": {"port": port}}


def redis_layer(exporter: str, targets: dict[str, ops.pebble.LogTargetDict]) -> ops.pebble.LayerDict:
    """The services of the container `redis`."""
    return {
        "services": {
            "redis": {
                "override": "replace",
                "startup": "enabled",
                "command": f"redis-server {SERVER_FILE} --replicaof 127.0.0.1 1",
                "user": "redis",
                "group": "redis",
                "kill-delay": "20s",
            },
            "redis_exporter": {
                "override": "replace",
                "startup": "enabled",
                "command": f"{exporter} -web.listen-address 0.0.0.0:{EXPORTER_PORT}",
                "environment": {
                    "REDIS_ADDR": f"redis://localhost:{SERVER_PORT}",
                    "REDIS_USER": "exporter",
                    "REDIS_PASSWORD_FILE": EXPORTER_FILE,
                },
                "user": "redis",
                "group": "redis",
            },
        },
        "checks": {"redis": port_check(SERVER_PORT)},
        "log-targets": targets,
    }


def sentinel_layer(targets: dict[str, ops.pebble.LogTargetDict]) -> ops.pebble.LayerDict:
    """The services of the container `sentinel`."""
    return {
        "services": {
            "sentinel": {
                "override": "replace",
                "startup": "enabled",
                "command": f"redis-server {SENTINEL_FILE} --sentinel",
                "user": "redis",
                "group": "redis",
            }
        },
        "checks": {"sentinel": port_check(SENTINEL_PORT)},
        "log-targets": targets,
    }
