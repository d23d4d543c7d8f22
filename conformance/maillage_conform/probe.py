"""Whether the service still holds a word: in the answer of an address, of a command, or in its files."""

from __future__ import annotations

import asyncio
import os
import shlex
from pathlib import Path

import httpx
from maillage.trust import trusted

from maillage_conform.plan import Plan

_GONE = (404, 410)


class ProbeFailed(Exception):
    """The tester's own hook does not work; the text says how."""


class Probe:
    """Looks where the tester says: `state_url`, else `probe_command`, else the files below `data_dir`."""

    def __init__(self, plan: Plan, data_dir: Path | None) -> None:
        self._plan, self._data_dir = plan, data_dir

    @property
    def given(self) -> bool:
        """Whether there is anywhere to look."""
        return bool(self._plan.state_url or self._plan.probe_command or self._data_dir)

    async def holds(self, entity_id: str, marker: str) -> bool:
        """Whether the marker is found with this entity. Raises ProbeFailed."""
        if self._plan.state_url:
            return marker in await self._ask(self._plan.state_url.replace("{id}", entity_id))
        if self._plan.probe_command:
            return marker in await self._run(self._plan.probe_command.replace("{id}", shlex.quote(entity_id)))
        if self._data_dir:
            return await asyncio.to_thread(_in_files, self._data_dir, marker.encode())
        raise ProbeFailed("no probe was given")

    async def until(self, entity_id: str, marker: str, held: bool, patience: float) -> bool:
        """Whether, within `patience` seconds, the marker is there (or, with `held` false, is not)."""
        end = asyncio.get_running_loop().time() + patience
        while await self.holds(entity_id, marker) is not held:
            if asyncio.get_running_loop().time() > end:
                return False
            await asyncio.sleep(0.1)
        return True

    async def _ask(self, url: str) -> str:
        try:
            async with httpx.AsyncClient(verify=trusted(), timeout=10) as client:
                answer = await client.get(url)
        except httpx.HTTPError as error:
            raise ProbeFailed(f"{url}: {type(error).__name__}") from error
        if answer.status_code in _GONE:
            return ""
        if not answer.is_success:
            raise ProbeFailed(f"{url}: HTTP {answer.status_code}")
        return answer.text

    async def _run(self, command: str) -> str:
        process = await asyncio.create_subprocess_shell(
            command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        output, trouble = await process.communicate()
        if process.returncode:
            raise ProbeFailed(f"{command}: {trouble.decode('utf-8', 'replace')[-300:]}")
        return output.decode("utf-8", "replace")


def _in_files(folder: Path, marker: bytes) -> bool:
    # Path.rglob raises when a folder goes while it is walked through, os.walk does not.
    for path in (Path(inner, name) for inner, _, names in os.walk(folder) for name in names):
        try:
            if path.is_file() and marker in path.read_bytes():
                return True
        except OSError:  # gone or replaced as we looked
            continue
    return False
