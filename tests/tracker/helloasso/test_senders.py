"""Who is HelloAsso: known by its address, or by asking back; what a stranger claims counts for nothing."""

from __future__ import annotations

import json
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pydantic import SecretStr

from tests.conftest import Person
from tests.gifts import encoded, helloasso_headers, recorded
from tests.tracker.helloasso.conftest import Rows, Told
from tracker.errors import Refused
from tracker.gifts import FETCH, helloasso
from tracker.services import Services

PUBLISHED = "51.138.206.200"


def test_forged_signatures_and_cut_bodies(told: Told, client: FlaskClient, rows: Rows) -> None:
    assert told("payment_form", key="another").status_code == 401
    body = encoded(recorded("helloasso/payment_form"))
    assert client.post("/hooks/helloasso", data=body).json["error"] == "bad_signature"
    headers = helloasso_headers(body)
    assert client.post("/hooks/helloasso", data=body[:-9], headers=headers).status_code == 401
    for cut in (b"", b"{", b"[1]", body[: len(body) // 2], b"\xff\xfe"):
        answer = client.post("/hooks/helloasso", data=cut, headers=helloasso_headers(cut))
        assert (answer.status_code, answer.json["error"]) == (400, "malformed_body")
    upper = {"X-HA-SIGNATURE": headers["x-ha-signature"].upper(), "Content-Type": "text/plain"}
    assert client.post("/hooks/helloasso", data=body, headers=upper).json == {"status": "recorded"}
    assert rows("select count(*) as n from gifts") == [{"n": 1}]


def from_address(client: FlaskClient, name: str, address: str, **headers: str) -> Any:
    body = encoded(recorded(f"helloasso/{name}"))
    return client.post("/hooks/helloasso", data=body, headers=headers, environ_base={"REMOTE_ADDR": address})


@pytest.mark.parametrize("ways", [{"hook_helloasso_addresses": [PUBLISHED]}])
def test_without_proxies_the_address_is_the_connections_own(client: FlaskClient, rows: Rows) -> None:
    forged = from_address(client, "payment_form", "203.0.113.9", **{"X-Forwarded-For": PUBLISHED})
    assert (forged.status_code, forged.json["error"]) == (403, "unknown_sender")
    assert from_address(client, "payment_form", PUBLISHED).json == {"status": "recorded"}
    assert [row["verdict"] for row in rows("select verdict from notices order by id")] == ["unknown_sender", "recorded"]


@pytest.mark.parametrize("ways", [{"hook_helloasso_addresses": [PUBLISHED], "trusted_proxies": 1}])
def test_behind_a_proxy_only_its_own_word_counts(client: FlaskClient) -> None:
    proxy = "10.0.0.1"
    for forged in (f"{PUBLISHED}, 203.0.113.9", "203.0.113.9", ""):
        assert from_address(client, "payment_form", proxy, **{"X-Forwarded-For": forged}).status_code == 403
    assert (
        from_address(client, "payment_form", proxy, **{"X-Forwarded-For": f"1.2.3.4, {PUBLISHED}"}).status_code == 200
    )


@pytest.fixture
def asked(app: Flask) -> list[Any]:
    """HelloAsso's API, as far as the tracker knows: what it was asked for."""
    helloasso.tokens.__init__()  # type: ignore[misc]
    questions: list[Any] = []

    def fetch(address: str, headers: Any = None, form: Any = None) -> dict[str, Any]:
        questions.append((address, headers, form))
        if address.endswith("/oauth2/token"):
            return {"access_token": "a token", "token_type": "bearer", "expires_in": 1799}
        if not address.endswith("/13790"):
            raise Refused("not_found", "The platform knows of no such payment.", 404)
        detail: dict[str, Any] = recorded("helloasso/payment_form")["data"]
        return detail

    app.config[FETCH] = fetch
    return questions


CLIENT = {"helloasso_client_id": "us", "helloasso_client_secret": SecretStr("a secret")}


@pytest.mark.parametrize("ways", [CLIENT])
def test_a_ping_is_confirmed_by_asking_back(
    client: FlaskClient, asked: list[Any], rows: Rows, bo: Person, ana: Person
) -> None:
    """What a stranger claims of a payment counts for nothing: neither amount nor visit."""
    visit = bo.follow(ana.arrive()["link"])
    forged = recorded("helloasso/payment_form", amount=999_00)
    forged["metadata"] = {"visit_id": str(visit)[:16]}
    for body in (encoded(forged), encoded(recorded("helloasso/payment_form"))):
        assert client.post("/hooks/helloasso", data=body).status_code == 200
    assert rows("select amount, visit_id from gifts") == [{"amount": 2000, "visit_id": None}]
    assert [address for address, _headers, _form in asked] == [
        "https://api.helloasso.com/oauth2/token",
        *["https://api.helloasso.com/v5/payments/13790"] * 2,
    ]
    assert asked[0][2] == {"grant_type": "client_credentials", "client_id": "us", "client_secret": "a secret"}
    assert asked[1][1] == {"Authorization": "Bearer a token"}


@pytest.mark.parametrize("ways", [CLIENT])
@pytest.mark.parametrize(
    ("changes", "name"), [({"id": 1}, "not_found"), ({"id": "../13790"}, "bad_id"), ({"id": None}, "bad_id")]
)
def test_a_ping_about_nothing_is_refused(
    client: FlaskClient, asked: list[Any], rows: Rows, changes: dict[str, Any], name: str
) -> None:
    body = encoded(recorded("helloasso/payment_form", **changes))
    assert client.post("/hooks/helloasso", data=body).json["error"] == name
    assert rows("select * from gifts") == []


@pytest.mark.parametrize("ways", [{**CLIENT, "hook_helloasso_addresses": ["127.0.0.1"]}])
def test_metadata_from_a_known_address_is_believed(
    client: FlaskClient, asked: list[Any], rows: Rows, kit: Services, bo: Person, ana: Person
) -> None:
    visit = kit.links.read("visit", bo.follow(ana.arrive()["link"]))
    body = encoded({**recorded("helloasso/payment_form"), "metadata": {"visit_id": visit}})
    assert client.post("/hooks/helloasso", data=body).json == {"status": "recorded"}
    assert rows("select visit_id from conversions") == [{"visit_id": visit}]


@pytest.mark.parametrize("ways", [CLIENT])
def test_an_api_that_does_not_answer_lets_the_platform_tell_again(app: Flask, client: FlaskClient, rows: Rows) -> None:
    def fetch(*_args: Any, **_more: Any) -> dict[str, Any]:
        raise Refused("platform_unreachable", "The platform's API did not answer.", 503)

    helloasso.tokens.__init__()  # type: ignore[misc]
    app.config[FETCH] = fetch
    answer = client.post("/hooks/helloasso", data=json.dumps(recorded("helloasso/payment_form")))
    assert (answer.status_code, answer.json["error"]) == (503, "platform_unreachable")
    assert rows("select * from gifts") == []


@pytest.mark.parametrize("ways", [{}])
def test_without_any_way_to_know_it_the_hook_is_not_there(client: FlaskClient) -> None:
    assert client.post("/hooks/helloasso", data=b"{}").status_code == 404
