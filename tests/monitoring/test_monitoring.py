"""Alert rules, scrape configurations, dashboard: promtool accepts them, and every metric they name exists."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import maillage_directory.erasing  # noqa: F401  (these modules declare the metrics)
import pytest
import yaml
from maillage.telemetry import Metrics
from prometheus_client import REGISTRY

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "deploy" / "monitoring"
DASHBOARD = json.loads((FOLDER / "grafana" / "maillage.json").read_text(encoding="utf-8"))
RULES = yaml.safe_load((FOLDER / "rules.yml").read_text(encoding="utf-8"))
NOT_OURS = {"up", "ALERTS"}
SERVICES = sorted(path.name for path in (ROOT / "services").iterdir() if (path / "pyproject.toml").exists())


@pytest.fixture(scope="session")
def promtool() -> str:
    found = shutil.which("promtool")
    if found is None and os.environ.get("MAILLAGE_REQUIRE_PROMTOOL"):
        pytest.fail("promtool is required here and is not on this machine (Debian's package prometheus)")
    if found is None:
        pytest.skip("promtool is not on this machine (Debian's package prometheus): rules were not checked")
    return found


def run(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, timeout=200, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def queries() -> Iterator[tuple[str, str]]:
    """Every query of the dashboard, with the variables Grafana puts in."""
    for panel in DASHBOARD["panels"]:
        for target in panel.get("targets", []):
            yield panel["title"], target["expr"].replace("$service", "directory|events")


def alerts() -> list[dict[str, Any]]:
    return [rule for group in RULES["groups"] for rule in group["rules"]]


def declared() -> set[str]:
    """The names of all series our code can show."""
    names: set[str] = set()
    for family in (*REGISTRY.collect(), *Metrics("directory", "fr-pac").registry.collect()):
        if family.type == "histogram":
            names |= {f"{family.name}_{part}" for part in ("bucket", "count", "sum")}
        else:
            names.add(family.name + ("_total" if family.type == "counter" else ""))
    return names


def named(expression: str) -> set[str]:
    """The metrics an expression names: what is left of it without strings, labels and PromQL's own words."""
    bare = re.sub(r'"[^"]*"', "", expression)
    bare = re.sub(r"\{[^}]*\}|\b(by|on|group_left)\s*\([^)]*\)|\[\w+\]", " ", bare)
    words = set(re.findall(r"\b[a-zA-Z_]\w+\b(?!\s*\()", bare))
    return words - {"by", "on", "and", "or", "unless", "group_left"}


def test_rules_are_sound_and_ring_when_they_should(promtool: str) -> None:
    run(promtool, "check", "rules", str(FOLDER / "rules.yml"))
    run(promtool, "test", "rules", str(FOLDER / "rules_test.yml"))


def test_scrape_configurations_are_read(promtool: str, tmp_path: Path) -> None:
    run(promtool, "check", "config", str(FOLDER / "prometheus.yml"))
    # Debian builds promtool without Kubernetes: its discovery is put aside, everything else is read.
    config = yaml.safe_load((FOLDER / "prometheus-kubernetes.yml").read_text(encoding="utf-8"))
    (discovery,) = config["scrape_configs"][0].pop("kubernetes_sd_configs")
    assert discovery["role"] == "pod"
    config["rule_files"] = [str(FOLDER / "rules.yml")]
    config["scrape_configs"][0]["static_configs"] = [{"targets": ["localhost:8080"]}]
    (tmp_path / "prometheus.yml").write_text(yaml.safe_dump(config), encoding="utf-8")
    run(promtool, "check", "config", str(tmp_path / "prometheus.yml"))


def test_every_query_of_the_dashboard_is_promql(promtool: str, tmp_path: Path) -> None:
    found = [{"record": f"q{number}", "expr": query} for number, (_, query) in enumerate(queries())]
    assert len(found) > 10
    file = tmp_path / "queries.yml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "dashboard", "rules": found}]}), encoding="utf-8")
    assert f"{len(found)} rules found" in run(promtool, "check", "rules", str(file))


def test_every_metric_that_is_named_exists() -> None:
    known = declared() | NOT_OURS
    expressions = [*queries(), *((rule["alert"], rule["expr"]) for rule in alerts())]
    assert all(named(expression) for _, expression in expressions)
    unknown = {where: missing for where, query in expressions if (missing := named(query) - known)}
    assert not unknown


def test_every_metric_of_ours_is_watched_or_shown() -> None:
    seen = {name for _, query in queries() for name in named(query)}
    seen |= {name for rule in alerts() for name in named(rule["expr"])}
    ours = {re.sub(r"_(bucket|count|sum)$", "", name) for name in declared() if name.startswith("maillage_")}
    assert ours - {re.sub(r"_(bucket|count|sum)$", "", name) for name in seen} == set()


def test_every_alert_is_tested_and_says_what_to_do() -> None:
    tests = (FOLDER / "rules_test.yml").read_text(encoding="utf-8")
    page = (ROOT / "docs" / "operate.md").read_text(encoding="utf-8")
    for rule in alerts():
        assert rule["alert"] in tests, rule["alert"]
        assert f"`{rule['alert']}`" in page, rule["alert"]
        assert rule["labels"]["severity"] in ("page", "ticket")
        assert rule["annotations"]["summary"]
        assert rule["annotations"]["todo"]


def test_every_service_is_scraped_and_missed() -> None:
    config = yaml.safe_load((FOLDER / "prometheus.yml").read_text(encoding="utf-8"))
    scraped = config["scrape_configs"][0]["dns_sd_configs"][0]["names"]
    absent = next(rule["expr"] for rule in alerts() if rule["alert"] == "MaillageServiceAbsent")
    for service in SERVICES:
        assert service in scraped
        assert f'service="{service}"' in absent


def test_panels_do_not_lie_on_one_another() -> None:
    taken: dict[tuple[int, int], str] = {}
    for panel in DASHBOARD["panels"]:
        place = panel["gridPos"]
        for x in range(place["x"], place["x"] + place["w"]):
            for y in range(place["y"], place["y"] + place["h"]):
                assert x < 24
                assert (x, y) not in taken, f"{panel['title']} lies on {taken[x, y]}"
                taken[x, y] = panel["title"]


def test_what_stands_beside_compose_fits_it() -> None:
    beside = yaml.safe_load((FOLDER / "compose.yml").read_text(encoding="utf-8"))
    house = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
    assert not beside["services"].keys() & house["services"].keys()
    for name, service in beside["services"].items():
        assert set(service["networks"]) <= set(house["networks"]), name
        assert all(port.startswith("127.0.0.1:") for port in service["ports"]), name
        for source in (volume.split(":")[0] for volume in service["volumes"]):
            assert (ROOT / source).exists() if source.startswith(".") else source in beside["volumes"], source
    scraped = yaml.safe_load((FOLDER / "prometheus.yml").read_text(encoding="utf-8"))["scrape_configs"][0]
    for name in scraped["dns_sd_configs"][0]["names"]:
        if name in house["services"]:
            assert set(house["services"][name]["networks"]) & set(
                beside["services"]["prometheus"]["networks"]
            )
