#!/usr/bin/env python3
"""A charm written with ops, as people write them: it greets over a relation and keeps a service in its workload."""

import logging
import secrets

import ops

logger = logging.getLogger(__name__)


class OpsCharm(ops.CharmBase):
    """Reacts to most events with one reconcile; greets with its configuration, and hands each greeted side a secret."""

    def __init__(self, framework: ops.Framework):
        super().__init__(framework)
        self.container = self.unit.get_container("work")
        for event in (
            self.on.config_changed,
            self.on.leader_elected,
            self.on.work_pebble_ready,
            self.on.work_pebble_custom_notice,
            self.on.greeting_relation_created,
            self.on.greeting_relation_joined,
            self.on.upstream_relation_changed,
            self.on.upstream_relation_broken,
            self.on.secret_changed,
            self.on.update_status,
        ):
            framework.observe(event, self._reconcile)
        framework.observe(self.on.echo_action, self._echo)
        framework.observe(self.on.collect_unit_status, self._collect_status)

    def _reconcile(self, _: ops.EventBase):
        self._greet()
        if self.container.can_connect():
            self.container.add_layer("work", self._layer(), combine=True)
            self.container.replan()

    def _layer(self) -> ops.pebble.LayerDict:
        return {"services": {"work": {"override": "replace", "startup": "enabled", "command": "sleep infinity"}}}

    def _greet(self):
        text = str(self.config["text"])
        for relation in self.model.relations["greeting"]:
            relation.data[self.unit]["text"] = f"{text} from {self.unit.name}"
            if self.unit.is_leader():
                relation.data[self.app]["text"] = f"{text} from the leader"
                relation.data[self.app]["secret"] = self._secret(relation)

    def _secret(self, relation: ops.Relation) -> str:
        label = f"greeting-{relation.id}"
        try:
            secret = self.model.get_secret(label=label)
        except ops.SecretNotFoundError:
            secret = self.app.add_secret({"token": secrets.token_hex(8)}, label=label)
            secret.grant(relation)
            logger.info("made a secret for relation %d", relation.id)
        return secret.get_info().id

    def _heard(self) -> str:
        for relation in self.model.relations["upstream"]:
            for unit in sorted(relation.units, key=lambda unit: unit.name):
                said = relation.data[unit].get("text", "")
                secret = relation.data[relation.app].get("secret")
                if said and secret:
                    token = self.model.get_secret(id=secret).get_content()["token"]
                    return f"{said}, with a secret of {len(token)} characters"
                if said:
                    return said
        return ""

    def _echo(self, event: ops.ActionEvent):
        text = event.params.get("text")
        if text:
            event.set_results({"text": text})
        else:
            event.fail("no text")

    def _collect_status(self, event: ops.CollectStatusEvent):
        if not self.container.can_connect():
            event.add_status(ops.WaitingStatus("no Pebble in work"))
        said = self._heard()
        event.add_status(ops.ActiveStatus(f"heard: {said}" if said else ""))


if __name__ == "__main__":
    ops.main(OpsCharm)
