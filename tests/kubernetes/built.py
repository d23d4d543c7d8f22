"""What kubectl makes of the base and of the overlay, and questions to ask of it."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
KUBECTL = Path(sys.executable).parent / "kubectl"
Document = dict[str, Any]


def build(folder: Path) -> list[Document]:
    """The documents of a kustomization."""
    done = subprocess.run(
        [KUBECTL, "kustomize", folder], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    return [document for document in yaml.safe_load_all(done.stdout) if document]


def build_overlay(name: str, folder: Path) -> list[Document]:
    """The documents of an overlay whose secret files are made up, in a copy below `folder`."""
    for part in ("kubernetes", "proxy"):
        shutil.copytree(ROOT / "deploy" / part, folder / part)
    overlay = folder / "kubernetes" / "overlays" / name
    text = (overlay / "kustomization.yaml").read_text(encoding="utf-8")
    for file in re.findall(r"\bsecrets/[\w./-]+", text):
        path = overlay / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"12e-{path.name}", encoding="utf-8")
    return build(overlay)


@dataclass(frozen=True)
class Workload:
    """A Deployment, StatefulSet or Job, and the pod it makes."""

    kind: str
    name: str
    spec: Document

    @property
    def labels(self) -> dict[str, str]:
        return dict(self.spec["template"]["metadata"]["labels"])

    @property
    def pod(self) -> Document:
        return dict(self.spec["template"]["spec"])

    @property
    def container(self) -> Document:
        (only,) = self.pod["containers"]
        return dict(only)

    @property
    def ports(self) -> dict[str, int]:
        return {port["name"]: port["containerPort"] for port in self.container.get("ports", [])}

    @property
    def own_environment(self) -> dict[str, Any]:
        return {each["name"]: each for each in self.container.get("env", [])}

    @property
    def secrets(self) -> dict[str, str]:
        """Where its secrets are mounted -> their names."""
        volumes = {each["name"]: each for each in self.pod.get("volumes", [])}
        return {
            mount["mountPath"]: volumes[mount["name"]]["secret"]["secretName"]
            for mount in self.container["volumeMounts"]
            if "secret" in volumes.get(mount["name"], {})
        }


@dataclass(frozen=True)
class Cluster:
    """Everything that would be applied."""

    documents: list[Document]

    def of(self, *kinds: str) -> list[Document]:
        return [document for document in self.documents if document["kind"] in kinds]

    def named(self, kind: str, name: str) -> Document:
        return next(each for each in self.of(kind) if each["metadata"]["name"] == name)

    @cached_property
    def workloads(self) -> dict[str, Workload]:
        found = self.of("Deployment", "StatefulSet", "Job")
        return {
            each["metadata"]["name"]: Workload(each["kind"], each["metadata"]["name"], each["spec"])
            for each in found
        }

    def selected(self, labels: dict[str, str]) -> list[str]:
        """The workloads whose pods have these labels; an empty choice is all of them."""
        return sorted(name for name, each in self.workloads.items() if labels.items() <= each.labels.items())

    @cached_property
    def settings(self) -> dict[str, str]:
        (found,) = [each for each in self.of("ConfigMap") if each["metadata"]["name"].startswith("settings")]
        return dict(found["data"])

    # --- who may talk to whom ------------------------------------------------------------------------------
    def policies(self, workload: str, direction: str) -> list[Document]:
        labels = self.workloads[workload].labels
        return [
            each["spec"]
            for each in self.of("NetworkPolicy")
            if direction in each["spec"]["policyTypes"]
            and (each["spec"]["podSelector"].get("matchLabels") or {}).items() <= labels.items()
        ]

    def allows(self, client: str, server: str, port: int) -> bool:
        """Whether policies let a pod of `client` reach a port of `server` (workloads of this house)."""
        wanted = self.workloads[server]
        names = {port, *(name for name, number in wanted.ports.items() if number == port)}
        leaves = any(
            self._matches(rule.get("to"), server) and _on(rule, {port})
            for rule in _rules(self.policies(client, "Egress"), "egress")
        )
        enters = any(
            self._matches(rule.get("from"), client) and _on(rule, names)
            for rule in _rules(self.policies(server, "Ingress"), "ingress")
        )
        return leaves and enters

    def allows_out(self, client: str, port: int) -> bool:
        """Whether a pod of `client` may reach that port somewhere outside the cluster."""
        rules = _rules(self.policies(client, "Egress"), "egress")
        outside = [rule for rule in rules if _outside(rule.get("to"))]
        return any(_on(rule, {port}) for rule in outside)

    def allows_in(self, namespace: str, server: str, port: int) -> bool:
        """Whether pods of another namespace may reach that port."""
        names = {port, *(name for name, number in self.workloads[server].ports.items() if number == port)}
        wanted = {"kubernetes.io/metadata.name": namespace}
        return any(
            _on(rule, names)
            and any(
                (peer.get("namespaceSelector") or {}).get("matchLabels") == wanted
                for peer in rule.get("from") or []
            )
            for rule in _rules(self.policies(server, "Ingress"), "ingress")
        )

    def _matches(self, peers: list[Document] | None, workload: str) -> bool:
        if peers is None:
            return True
        labels = self.workloads[workload].labels
        return any(
            "podSelector" in peer
            and "namespaceSelector" not in peer
            and (peer["podSelector"].get("matchLabels") or {}).items() <= labels.items()
            for peer in peers
        )


def _rules(policies: list[Document], direction: str) -> Iterator[Document]:
    for policy in policies:
        yield from policy.get(direction) or []


def _on(rule: Document, ports: set[Any]) -> bool:
    return "ports" not in rule or any(each["port"] in ports for each in rule["ports"])


def _outside(peers: list[Document] | None) -> bool:
    return peers is None or any("ipBlock" in peer for peer in peers)
