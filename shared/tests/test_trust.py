"""Certificates are read once, and they are those that httpx would believe."""

import ssl

import httpx
import pytest
from maillage.auth import JwksKeys
from maillage.trust import trusted


def test_believes_whom_httpx_believes() -> None:
    ours, theirs = trusted(), httpx.create_ssl_context()
    assert ours.verify_mode is ssl.CERT_REQUIRED
    assert ours.check_hostname
    assert ours.get_ca_certs(binary_form=True) == theirs.get_ca_certs(binary_form=True)


async def test_a_client_more_reads_no_certificate(monkeypatch: pytest.MonkeyPatch) -> None:
    trusted()

    def read_again(*_: object, **__: object) -> None:
        raise AssertionError("the certificates were read again")

    monkeypatch.setattr(ssl.SSLContext, "load_verify_locations", read_again)
    await JwksKeys("http://localhost:8000/keys").aclose()
