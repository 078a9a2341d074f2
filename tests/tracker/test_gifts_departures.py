"""On the way to give: the visit id goes into the field that each platform carries through, and nothing else changes."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.conftest import Person
from tracker.departures import donation_address
from tracker.gifts.recording import PROVIDERS
from tracker.services import Services

VISIT = "A" * 15 + "-"


@pytest.mark.parametrize(
    ("target", "address"),
    [
        (
            {"address": "https://buy.stripe.com/test_8wM?locale=fr", "provider": "stripe"},
            f"https://buy.stripe.com/test_8wM?locale=fr&client_reference_id={VISIT}",
        ),
        (
            {"address": "https://www.helloasso.com/associations/x/formulaires/3#don", "provider": "helloasso"},
            f"https://www.helloasso.com/associations/x/formulaires/3?visit_id={VISIT}#don",
        ),
        ({"address": "https://x.example/p", "provider": "generic", "field": "ref"}, f"https://x.example/p?ref={VISIT}"),
        ({"address": "https://x.example/p"}, f"https://x.example/p?visit_id={VISIT}"),
        (
            {"address": "https://x.example/p?a=b%20c&a=d+e&&f&visit_id=old&%76isit_id=older&h=%C3%A9;i"},
            f"https://x.example/p?a=b%20c&a=d+e&f&h=%C3%A9;i&visit_id={VISIT}",
        ),
    ],
)
def test_the_visit_goes_into_the_platforms_own_field(target: dict[str, Any], address: str) -> None:
    assert donation_address(target, VISIT) == address
    bare = donation_address(target, None)
    assert VISIT not in bare
    assert bare.partition("?")[0].partition("#")[0] == target["address"].partition("?")[0].partition("#")[0]


def test_a_visit_id_is_what_stripe_carries_through(kit: Services, ana: Person) -> None:
    """client_reference_id: letters, figures, - and _, up to 200; anything else would be dropped without a word."""
    answer = ana.get(f"/go/donner?by={ana.arrive()['visit']}")
    id_ = answer.location.rpartition("=")[2]
    assert len(id_) == 16
    assert id_.replace("-", "").replace("_", "").isalnum()
    assert id_.isascii()
    assert PROVIDERS["stripe"].FIELD == "client_reference_id"


@pytest.mark.parametrize("target", ["nothing", "https://evil.example", "//evil.example", "donner%2F..%2F"])
def test_only_the_campaigns_own_targets_can_be_reached(ana: Person, target: str) -> None:
    answer = ana.get(f"/go/{target}")
    if answer.status_code == 308:  # doubled slashes are one; on our own host
        assert answer.location.startswith("http://localhost/go/")
        answer = ana.get(answer.location)
    assert answer.status_code == 404


def test_a_suggested_amount_goes_where_the_platform_takes_one() -> None:
    target = {"address": "https://x.example/p?montant=1&a=b", "field": "ref", "amount_field": "montant"}
    assert donation_address(target, VISIT, "15") == f"https://x.example/p?a=b&ref={VISIT}&montant=15"
    assert donation_address(target, None, "15") == "https://x.example/p?a=b&montant=15"
    assert donation_address(target, None) == "https://x.example/p?montant=1&a=b"
    assert donation_address({"address": "https://x.example/p"}, None, "15") == "https://x.example/p"


@pytest.mark.parametrize("amount", ["0", "-5", "15.5", "1e9", "99999999", "<b>", "15&x=1", ""])
def test_what_is_no_amount_is_left_out(ana: Person, campaign: dict[str, Any], amount: str) -> None:
    answer = ana.get("/go/donner", query_string={"amount": amount})
    assert answer.location == "https://dons.example.org/p?campagne=excuses"


@pytest.fixture
def built_elsewhere(campaign: dict[str, Any]) -> None:
    campaign["site"]["url"] = "http://elsewhere.example:8000"
    campaign["targets"][0]["address"] = "http://elsewhere.example:8000/plateforme/"
    campaign["targets"].append({"name": "away", "address": "http://elsewhere.example:80/plateforme/"})


@pytest.mark.usefixtures("built_elsewhere")
def test_a_donation_page_of_our_own_is_where_the_site_is_served(client: FlaskClient) -> None:
    """The demonstration's platform is a page of the site; a build for another address is served all the same."""
    assert client.get("/go/donner").location == "http://127.0.0.1:8000/plateforme/"
    assert client.get("/go/away").location == "http://elsewhere.example:80/plateforme/"
