"""One look at the servers and sentinels, and the role that the own server gets."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import redis

import files

TIMEOUT = 1.0


@dataclass(frozen=True)
class View:
    """What the servers and sentinels say."""

    role: str | None
    following: str | None
    version: str | None
    settings: dict[str, str]
    is_open: bool
    masters: list[str]
    planned: int

    @property
    def agreed_master(self) -> str | None:
        """The master that a majority of the planned sentinels name."""
        for host in set(self.masters):
            if self.masters.count(host) > self.planned // 2:
                return host
        return None


class Cluster:
    """The application's servers, as the charm sees them."""

    def __init__(self, application: str, own_host: str, hosts: list[str], passwords: dict[str, str]):
        self.application = application
        self.own_host = own_host
        self.hosts = hosts
        self.passwords = passwords

    def look(self) -> View:
        """Asks the own server and every sentinel, all at once."""
        with ThreadPoolExecutor(max_workers=len(self.hosts) + 1) as pool:
            masters = pool.map(self._master, self.hosts)
            info, settings, flags = pool.submit(self._own).result()
            return View(
                role=info.get("role"),
                following=info.get("master_host"),
                version=info.get("redis_version"),
                settings=settings,
                is_open="nopass" in flags,
                masters=[master for master in masters if master],
                planned=len(self.hosts),
            )

    def make_master(self):
        """The own server takes writes."""
        with self._server() as server:
            server.replicaof("NO", "ONE")

    def follow(self, host: str):
        """The own server replicates from another."""
        with self._server() as server:
            server.replicaof(host, files.SERVER_PORT)

    def configure(self, settings: dict[str, str]):
        """The own server takes settings over without a restart."""
        with self._server() as server:
            for name, value in settings.items():
                server.config_set(name, value)

    def load_users(self):
        """The own server reads its ACL file again."""
        with self._server() as server:
            server.acl_load()

    def _server(self) -> redis.Redis:
        return redis.Redis(
            host=self.own_host,
            port=files.SERVER_PORT,
            username="sidecharm",
            password=self.passwords["operator-password"],
            socket_timeout=TIMEOUT,
            socket_connect_timeout=TIMEOUT,
            decode_responses=True,
        )

    def _own(self) -> tuple[dict, dict[str, str], list[str]]:
        try:
            with self._server() as server:
                settings = server.config_get("min-replicas-to-write", "appendfsync")
                return server.info(), settings, server.acl_getuser("default")["flags"]
        except redis.RedisError:
            return {}, {}, []

    def _master(self, host: str) -> str | None:
        try:
            with redis.Redis(
                host=host,
                port=files.SENTINEL_PORT,
                password=self.passwords["sentinel-password"],
                socket_timeout=TIMEOUT,
                socket_connect_timeout=TIMEOUT,
                decode_responses=True,
            ) as sentinel:
                master = sentinel.sentinel_master(self.application)
                return str(master["ip"]) if not master["is_odown"] else None
        except redis.RedisError:
            return None
