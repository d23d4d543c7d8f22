"""deploy/kubernetes, built by kubectl and checked without a cluster: schemas, references, rights, the bus."""

from __future__ import annotations

import re

import kubernetes_validate
import pytest
import yaml

from tests.kubernetes.built import ROOT, Cluster, Workload, build, build_overlay

SERVICES = sorted(
    {path.name for path in (ROOT / "services").iterdir() if (path / "pyproject.toml").exists()}
    | {"catalogue"}
)
WITH_DATABASE = [name for name in SERVICES if name != "portal"]
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
OVERLAYS = sorted(path.name for path in (ROOT / "deploy/kubernetes/overlays").iterdir())
ELSEWHERE = {
    "MAILLAGE_MAILBOX_DIR",  # the demo's mailbox, which a cluster has none of
    "MAILLAGE_TLS_CERTIFICATE",  # the ingress ends TLS
    "MAILLAGE_ERASURE_LOG",  # needs a volume that several pods may write: an overlay's choice
}
OPERATOR_ONLY = {
    "MAILLAGE_DATABASE_URL",
    "MAILLAGE_KEYS_DIR",
    "MAILLAGE_NATS_MONITOR_URL",
    "MAILLAGE_REGIONS_DIR",
}
"""What compose tells all of the operator's commands, and setup does not use."""


@pytest.fixture(scope="module", params=["base", *OVERLAYS])
def cluster(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Cluster:
    if request.param == "base":
        return Cluster(build(ROOT / "deploy/kubernetes/base"))
    return Cluster(build_overlay(request.param, tmp_path_factory.mktemp(request.param)))


def test_every_document_is_what_kubernetes_expects(cluster: Cluster) -> None:
    for document in cluster.documents:
        kubernetes_validate.validate(document, "1.34", strict=True)
        assert document["kind"] == "Namespace" or document["metadata"]["namespace"] == "maillage"


def test_every_service_is_there_in_replicas_that_may_go_one_by_one(cluster: Cluster) -> None:
    for name in [*SERVICES, "proxy", "nats"]:
        workload = cluster.workloads[name]
        assert workload.spec["replicas"] >= (3 if name == "nats" else 2)
        budget = cluster.named("PodDisruptionBudget", name)["spec"]
        assert budget["maxUnavailable"] == 1
        assert cluster.selected(budget["selector"]["matchLabels"]) == [name]
        assert cluster.selected(workload.spec["selector"]["matchLabels"]) == [name]
        assert workload.spec.get("strategy", {}).get("rollingUpdate", {}).get("maxUnavailable", 0) == 0


def test_services_lead_to_their_pods_and_the_ingress_to_the_proxy(cluster: Cluster) -> None:
    for service in cluster.of("Service"):
        (name,) = cluster.selected(service["spec"]["selector"])
        assert name == service["metadata"]["name"]
        for port in service["spec"]["ports"]:
            assert cluster.workloads[name].ports[port["targetPort"]] == port["port"]
    (ingress,) = cluster.of("Ingress")
    (rule,) = ingress["spec"]["rules"]
    backend = rule["http"]["paths"][0]["backend"]["service"]
    ports = {
        port["name"]: port["port"] for port in cluster.named("Service", backend["name"])["spec"]["ports"]
    }
    assert ports[backend["port"]["name"]] == 8080
    assert ingress["metadata"]["annotations"]["nginx.ingress.kubernetes.io/proxy-buffering"] == "off"


def test_the_proxy_knows_every_service_and_reads_only_what_the_pod_tells_it(cluster: Cluster) -> None:
    (file,) = [
        each["data"]["haproxy.cfg"] for each in cluster.of("ConfigMap") if "haproxy.cfg" in each["data"]
    ]
    for name in SERVICES:
        assert f'"{name}${{MAILLAGE_DOMAIN}}:8080"' in file, name
    wanted = set(re.findall(r"\$\{(MAILLAGE_\w+?)(?:\[\*\])?\}", file)) - ELSEWHERE
    assert wanted <= cluster.workloads["proxy"].own_environment.keys()


def test_every_pod_is_locked_down_and_says_how_it_is(cluster: Cluster) -> None:
    for name, workload in cluster.workloads.items():
        pod, container = workload.pod, workload.container
        assert pod["automountServiceAccountToken"] is False, name
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert set(container["resources"]["requests"]) == {"cpu", "memory"}
        assert "memory" in container["resources"]["limits"]
        if workload.kind != "Job":
            _expect_probes(workload)


def _expect_probes(workload: Workload) -> None:
    for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
        said = workload.container[probe]
        port = (said.get("httpGet") or said["tcpSocket"])["port"]
        assert port in workload.ports, f"{workload.name}: {probe}"
    if workload.name in SERVICES:
        assert workload.container["livenessProbe"]["httpGet"]["path"] == "/livez"
        assert workload.container["readinessProbe"]["httpGet"]["path"] == "/readyz"


def test_what_a_pod_refers_to_exists(cluster: Cluster) -> None:
    maps = {each["metadata"]["name"]: each["data"] for each in cluster.of("ConfigMap")}
    secrets = {each["metadata"]["name"]: each["data"] for each in cluster.of("Secret")}
    for workload in cluster.workloads.values():
        volumes = {each["name"] for each in workload.pod.get("volumes", [])}
        volumes |= {each["metadata"]["name"] for each in workload.spec.get("volumeClaimTemplates", [])}
        assert {mount["name"] for mount in workload.container["volumeMounts"]} == volumes
        for volume in workload.pod["volumes"]:
            if "configMap" in volume:
                assert volume["configMap"]["name"] in maps
        for source in workload.container.get("envFrom", []):
            assert source["configMapRef"]["name"] in maps
        for variable in workload.own_environment.values():
            found = variable.get("valueFrom") or {}
            if "configMapKeyRef" in found:
                assert found["configMapKeyRef"]["key"] in maps[found["configMapKeyRef"]["name"]]
            if "secretKeyRef" in found and secrets:
                assert found["secretKeyRef"]["key"] in secrets[found["secretKeyRef"]["name"]]
        if secrets:
            assert set(workload.secrets.values()) <= set(secrets)


def test_secrets_come_from_files_only_and_each_pod_has_its_own(cluster: Cluster) -> None:
    for workload in cluster.workloads.values():
        for name, variable in workload.own_environment.items():
            assert not re.search(r"PASSWORD$|SECRET$|_KEY$", name), f"{workload.name}: {name} in clear"
            assert "demo" not in str(variable.get("value", ""))
    for name in SERVICES:
        assert cluster.workloads[name].secrets["/run/secrets/maillage"].startswith(name)
    for secret in cluster.of("Secret"):
        name = secret["metadata"]["name"].rsplit("-", 1)[0]
        if name in WITH_DATABASE:
            assert {"maillage_database_password", "maillage_nats_password"} <= secret["data"].keys()


def test_images_and_settings_are_those_of_docker_compose(cluster: Cluster) -> None:
    for name, composed in COMPOSE["services"].items():
        workload = cluster.workloads.get(name)
        if workload is None:
            continue
        said = workload.container["image"].rsplit(":", 1)[0].rsplit("/", 1)[-1]
        assert re.search(rf"\b{re.escape(said)}:", composed["image"]), name
        told = {key for key in composed.get("environment", {}) if key.startswith(("MAILLAGE_", "FORWARDED"))}
        has = {*workload.own_environment, *(cluster.settings if "envFrom" in workload.container else ())}
        # What compose gives as one file per variable is here a file of the secrets' folder.
        files = {"MAILLAGE_SMTP_PASSWORD", "MAILLAGE_DATABASE_PASSWORD"}
        assert told - has - ELSEWHERE - files - (OPERATOR_ONLY if name == "setup" else set()) == set(), name


CALLS = [
    *(("proxy", name, 8080) for name in SERVICES),
    ("portal", "proxy", 8081),
    *((name, "directory", 8080) for name in WITH_DATABASE if name != "directory"),
    *((name, "nats", 4222) for name in WITH_DATABASE),
    ("catalogue", "nats", 8222),
    ("setup", "nats", 4222),
    ("nats", "nats", 6222),
]
NEVER = [
    ("portal", "nats", 4222),
    ("portal", "directory", 8080),
    ("proxy", "nats", 4222),
    ("events", "mentoring", 8080),
    ("events", "nats", 6222),
    ("events", "nats", 8222),
    ("events", "portal", 8080),
    ("nats", "directory", 8080),
]


def test_policies_allow_what_is_needed_and_nothing_else(cluster: Cluster) -> None:
    for call in CALLS:
        assert cluster.allows(*call), call
    for call in NEVER:
        assert not cluster.allows(*call), call
    for name in cluster.workloads:
        for direction in ("Ingress", "Egress"):
            assert any(not each["podSelector"] for each in cluster.policies(name, direction)), name
        assert cluster.allows_out(name, 5432) == (name in [*WITH_DATABASE, "setup"]), name
        assert cluster.allows_out(name, 587) == (name in ("directory", "notifications")), name
        assert cluster.allows_out(name, 443) == (name == "directory"), name
    assert cluster.allows_in("ingress-nginx", "proxy", 8080)
    assert not cluster.allows_in("ingress-nginx", "proxy", 8081)
    for name in SERVICES:
        assert cluster.allows_in("monitoring", name, 8080)
        assert not cluster.allows_in("ingress-nginx", name, 8080)
