#!/usr/bin/env python3
"""Redis with Sentinel, written with ops: nearly every event runs the same reconcile."""

import json
import logging
import secrets
import string

import ops

import files
from cluster import Cluster, View

logger = logging.getLogger(__name__)

PEERS = "redis-peers"
LABEL = "passwords"
PASSWORDS = (
    "redis-password",
    "sentinel-password",
    "operator-password",
    "replication-password",
    "failover-password",
    "exporter-password",
)


class RedisCharm(ops.CharmBase):
    """The charm."""

    def __init__(self, framework: ops.Framework):
        super().__init__(framework)
        self.redis = self.unit.get_container("redis")
        self.sentinel = self.unit.get_container("sentinel")
        self.view: View | None = None
        for event in (
            self.on.install,
            self.on.start,
            self.on.config_changed,
            self.on.upgrade_charm,
            self.on.update_status,
            self.on.leader_elected,
            self.on.redis_pebble_ready,
            self.on.redis_pebble_custom_notice,
            self.on.sentinel_pebble_ready,
            self.on.secret_changed,
            self.on[PEERS].relation_created,
            self.on[PEERS].relation_joined,
            self.on[PEERS].relation_changed,
            self.on[PEERS].relation_departed,
            self.on["redis"].relation_created,
            self.on["redis"].relation_joined,
            self.on["redis"].relation_broken,
            self.on["metrics-endpoint"].relation_created,
            self.on["logging"].relation_changed,
            self.on["logging"].relation_broken,
        ):
            framework.observe(event, self._reconcile)
        framework.observe(self.on.check_service_action, self._check_service)
        framework.observe(self.on.get_initial_admin_password_action, self._get_initial_admin_password)
        framework.observe(self.on.get_sentinel_password_action, self._get_sentinel_password)
        framework.observe(self.on.collect_unit_status, self._collect_status)
        framework.observe(self.on.collect_app_status, self._collect_status)

    # What is known of the model

    def _host(self, number: int) -> str:
        return f"{self.app.name}-{number}.{self.app.name}-endpoints.{self.model.name}.svc.cluster.local"

    @property
    def _own_host(self) -> str:
        return self._host(self._number(self.unit.name))

    @staticmethod
    def _number(unit: str) -> int:
        return int(unit.rsplit("/", 1)[1])

    @property
    def _peers(self) -> ops.Relation | None:
        return self.model.get_relation(PEERS)

    def _numbers(self) -> list[int]:
        units = {self.unit, *(self._peers.units if self._peers else ())}
        return sorted(self._number(unit.name) for unit in units)

    def _passwords(self) -> dict[str, str] | None:
        try:
            return self.model.get_secret(label=LABEL).get_content(refresh=True)
        except ops.SecretNotFoundError:
            if not self.unit.is_leader() or self._peers is None:
                return None
        letters = string.ascii_letters + string.digits
        content = {key: "".join(secrets.choice(letters) for _ in range(32)) for key in PASSWORDS}
        self.app.add_secret(content, label=LABEL)
        return content

    # The pass

    def _reconcile(self, _: ops.EventBase):
        passwords = self._passwords()
        peers = self._peers
        if passwords is None or peers is None or self.config["enable-tls"]:
            return
        planned = self.app.planned_units()
        first = self._first_master(peers, planned)
        if first is None:
            return
        targets = self._log_targets()
        is_open = bool(self.model.relations["redis"]) and self.config["legacy-clients"] == "open"
        settings = {
            "min-replicas-to-write": "1" if planned >= 3 else "0",
            "appendfsync": "always" if self.config["durability"] == "strict" else "everysec",
        }
        self._run_redis(passwords, settings, is_open, targets)
        self._run_sentinel(passwords, planned, first, targets)
        cluster = Cluster(self.app.name, self._own_host, [self._host(n) for n in self._numbers()], passwords)
        if self.redis.can_connect() and self.sentinel.can_connect():
            self.view = self._roles(cluster, cluster.look(), first)
            if self.view.version:
                self._live(cluster, self.view, settings, is_open)
                self.unit.set_workload_version(self.view.version)
            self._publish(self.view.agreed_master)

    def _first_master(self, peers: ops.Relation, planned: int) -> str | None:
        """Chosen once: the lowest unit that is not the leader, where there are three or more."""
        first = peers.data[self.app].get("first-master")
        if first is None and self.unit.is_leader():
            own = self._number(self.unit.name)
            first = self._host(next((n for n in range(planned) if planned >= 3 and n != own), own))
            peers.data[self.app]["first-master"] = first
        return first

    def _roles(self, cluster: Cluster, view: View, first: str) -> View:
        master = view.agreed_master or first
        if view.role is None:
            return view
        if master == self._own_host and view.role != "master":
            cluster.make_master()
        elif master != self._own_host and view.following != master:
            cluster.follow(master)
        else:
            return view
        return cluster.look()

    @staticmethod
    def _live(cluster: Cluster, view: View, settings: dict[str, str], is_open: bool):
        changed = {name: value for name, value in settings.items() if view.settings.get(name) != value}
        if changed:
            cluster.configure(changed)
        if view.is_open != is_open:
            cluster.load_users()

    def _run_redis(
        self,
        passwords: dict[str, str],
        settings: dict[str, str],
        is_open: bool,
        targets: dict[str, ops.pebble.LogTargetDict],
    ):
        if not self.redis.can_connect():
            return
        conf = files.server_conf(self._own_host, passwords, settings)
        exporter_file = {f"redis://localhost:{files.SERVER_PORT}": passwords["exporter-password"]}
        lineage = {"model_uuid": self.model.uuid, "application": self.app.name}
        self._write(self.redis, files.SERVER_FILE, conf, first_line_only=True)
        self._write(self.redis, files.ACL_FILE, files.acl(passwords, is_open))
        self._write(self.redis, files.EXPORTER_FILE, json.dumps(exporter_file))
        self._write(self.redis, files.LINEAGE_FILE, json.dumps(lineage))
        is_debian = self.redis.exists(files.DEBIAN_EXPORTER)
        exporter = files.DEBIAN_EXPORTER if is_debian else files.ROCK_EXPORTER
        self._run(self.redis, files.redis_layer(exporter, targets))

    def _run_sentinel(
        self, passwords: dict[str, str], planned: int, master: str, targets: dict[str, ops.pebble.LogTargetDict]
    ):
        if not self.sentinel.can_connect():
            return
        if not self.sentinel.exists(files.SENTINEL_FILE):
            own_id = files.sentinel_id(self.model.uuid, self.unit.name)
            conf = files.sentinel_conf(
                self.app.name, self._own_host, own_id, master, planned // 2 + 1, passwords
            )
            self._write(self.sentinel, files.SENTINEL_FILE, conf)
        self._run(self.sentinel, files.sentinel_layer(targets))

    def _run(self, container: ops.Container, layer: ops.pebble.LayerDict):
        wanted = ops.pebble.Layer(layer)
        plan = container.get_plan()
        is_planned = (
            wanted.services.items() <= plan.services.items()
            and wanted.checks.items() <= plan.checks.items()
            and wanted.log_targets.items() <= plan.log_targets.items()
        )
        running = all(service.is_running() for service in container.get_services(*wanted.services).values())
        if not is_planned or not running:
            container.add_layer("charm", wanted, combine=True)
            container.replan()

    @staticmethod
    def _write(container: ops.Container, path: str, text: str, first_line_only: bool = False):
        try:
            found = container.pull(path).read()
        except ops.pebble.PathError:
            found = ""
        if first_line_only and found.partition("\n")[0] == text.partition("\n")[0]:
            return
        if found != text:
            container.push(path, text, make_dirs=True, permissions=0o600, user="redis", group="redis")

    def _publish(self, master: str | None):
        if master is None:
            return
        for relation in self.model.relations["redis"]:
            address = str(self.model.get_binding(relation).network.bind_address)
            self._set(relation, self.unit, {"hostname": address, "port": str(files.SERVER_PORT), "leader-host": master})
            if self.unit.is_leader():
                self._set(relation, self.app, {"leader-host": master})
        for relation in self.model.relations["metrics-endpoint"]:
            address = str(self.model.get_binding(relation).network.bind_address)
            unit = {
                "prometheus_scrape_unit_address": address,
                "prometheus_scrape_unit_name": self.unit.name,
                "prometheus_scrape_unit_fqdn": self._own_host,
            }
            self._set(relation, self.unit, unit)
            if self.unit.is_leader():
                jobs = [{"metrics_path": "/metrics", "static_configs": [{"targets": [f"*:{files.EXPORTER_PORT}"]}]}]
                topology = {
                    "model": self.model.name,
                    "model_uuid": self.model.uuid,
                    "application": self.app.name,
                    "unit": self.unit.name,
                    "charm_name": self.meta.name,
                }
                bag = {"scrape_jobs": json.dumps(jobs), "scrape_metadata": json.dumps(topology), "alert_rules": "{}"}
                self._set(relation, self.app, bag)

    @staticmethod
    def _set(relation: ops.Relation, entity: ops.Unit | ops.Application, wanted: dict[str, str]):
        bag = relation.data[entity]
        changed = {key: value for key, value in wanted.items() if bag.get(key) != value}
        if changed:
            bag.update(changed)

    def _log_targets(self) -> dict[str, ops.pebble.LogTargetDict]:
        targets: dict[str, ops.pebble.LogTargetDict] = {}
        for relation in self.model.relations["logging"]:
            for unit in relation.units:
                endpoint = relation.data[unit].get("endpoint")
                if endpoint:
                    targets[unit.name] = {
                        "override": "replace",
                        "services": ["all"],
                        "type": "loki",
                        "location": json.loads(endpoint)["url"],
                    }
        return targets

    # Actions and status

    def _check_service(self, event: ops.ActionEvent):
        passwords = self._passwords()
        if passwords and Cluster(self.app.name, self._own_host, [self._own_host], passwords).look().role:
            event.set_results({"result": "Service is running"})
        else:
            event.fail("Service is not running")

    def _get_initial_admin_password(self, event: ops.ActionEvent):
        self._return_password(event, "redis-password")

    def _get_sentinel_password(self, event: ops.ActionEvent):
        self._return_password(event, "sentinel-password")

    def _return_password(self, event: ops.ActionEvent, key: str):
        passwords = self._passwords()
        if passwords:
            event.set_results({key: passwords[key]})
        else:
            event.fail("there is no password yet")

    def _collect_status(self, event: ops.CollectStatusEvent):
        if self.config["enable-tls"]:
            event.add_status(ops.BlockedStatus("enable-tls is not supported"))
        for container in (self.redis, self.sentinel):
            if not container.can_connect():
                event.add_status(ops.WaitingStatus(f"Waiting for Pebble in the {container.name} container"))
        if self.view is None:
            event.add_status(ops.WaitingStatus("Waiting for the first master"))
        elif self.view.role is None:
            event.add_status(ops.WaitingStatus("Waiting for Redis"))
        elif self.view.agreed_master is None:
            event.add_status(ops.WaitingStatus("Waiting for a majority of sentinels"))
        else:
            event.add_status(ops.ActiveStatus(self.view.role or ""))


if __name__ == "__main__":
    ops.main(RedisCharm)
