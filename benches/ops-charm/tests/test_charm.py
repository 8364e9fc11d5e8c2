"""The charm under ops' own testing framework, with the servers replaced by what they would answer."""

import sys
from pathlib import Path

import pytest
import yaml
from ops import testing

CHARM = Path(__file__).parent.parent
sys.path.insert(0, str(CHARM / "src"))

import charm  # noqa: E402
from cluster import Cluster, View  # noqa: E402

ROOT = CHARM.parent.parent
MASTER = "redis-k8s-1.redis-k8s-endpoints.dev.svc.cluster.local"


def load(name):
    return yaml.safe_load((ROOT / name).read_text())


@pytest.fixture
def context(monkeypatch):
    """A context in which every sentinel names unit 1."""
    settings = {"min-replicas-to-write": "1", "appendfsync": "everysec"}
    monkeypatch.setattr(
        Cluster,
        "look",
        lambda self: View("slave", MASTER, "7.0.15", settings, True, [MASTER] * len(self.hosts), len(self.hosts)),
    )
    metadata = load("metadata.yaml")
    return testing.Context(charm.RedisCharm, meta=metadata, config=load("config.yaml"), actions=load("actions.yaml"))


@pytest.fixture
def containers(tmp_path):
    """Both containers up, with file systems that last from one event to the next."""
    files = {"conf": testing.Mount(location="/etc/sidecharm", source=tmp_path / "conf")}
    kept = {"kept": testing.Mount(location="/var/lib/redis", source=tmp_path / "kept")}
    for name in ("conf", "kept"):
        (tmp_path / name).mkdir()
    return [
        testing.Container("redis", can_connect=True, mounts=files | kept),
        testing.Container("sentinel", can_connect=True, mounts=kept),
    ]


def state(containers):
    peers = testing.PeerRelation("redis-peers", peers_data={1: {}, 2: {}})
    client = testing.Relation("redis", remote_app_name="app")
    metrics = testing.Relation("metrics-endpoint", remote_app_name="prometheus")
    return testing.State(
        leader=True,
        planned_units=3,
        relations=[peers, client, metrics],
        containers=containers,
        model=testing.Model("dev"),
    )


def test_one_pass_starts_both_servers_and_publishes_the_master(context, containers):
    out = context.run(context.on.config_changed(), state(containers))
    assert out.unit_status == testing.ActiveStatus("slave")
    redis, sentinel = out.get_container("redis"), out.get_container("sentinel")
    assert set(redis.plan.services) == {"redis", "redis_exporter"}
    assert set(sentinel.plan.services) == {"sentinel"}
    conf = (containers[0].mounts["conf"].source / "redis/redis.conf").read_text()
    assert "min-replicas-to-write 1" in conf
    client = out.get_relations("redis")[0]
    assert client.local_app_data == {"leader-host": MASTER}
    assert client.local_unit_data["port"] == "6379"
    assert "scrape_jobs" in out.get_relations("metrics-endpoint")[0].local_app_data


def test_a_settled_unit_gets_no_new_layer_and_no_new_secret(context, containers, monkeypatch):
    settled = context.run(context.on.config_changed(), state(containers))
    monkeypatch.setattr(charm.ops.Container, "add_layer", lambda *_, **__: pytest.fail("a layer was added"))
    monkeypatch.setattr(charm.ops.Container, "push", lambda *_, **__: pytest.fail("a file was pushed"))
    again = context.run(context.on.update_status(), settled)
    assert len(list(again.secrets)) == 1
    assert again.unit_status == settled.unit_status


def test_a_pod_without_pebble_waits(context):
    containers = [testing.Container("redis"), testing.Container("sentinel")]
    out = context.run(context.on.config_changed(), state(containers))
    assert isinstance(out.unit_status, testing.WaitingStatus)
