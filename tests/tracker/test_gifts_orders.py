"""Gifts told in parts: Stripe's monthly ones, HelloAsso's orders; and gifts credited by their form."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import permutations
from typing import Any

import pytest
from flask.testing import FlaskClient
from pydantic import SecretStr

from settings import Settings
from tests.conftest import Person
from tests.gifts import HELLOASSO_KEY, STRIPE_SECRET, encoded, helloasso_headers, recorded, stripe_headers
from tests.tracker.conftest import Member
from tracker.gifts.forms import bind_form, list_forms, read_form
from tracker.services import Services
from tracker.sharers import make_origin
from tracker.store import Row
from tracker.totals import recount

Rows = Callable[..., list[Row]]
Told = Callable[..., str]

SUM = "select coalesce(sum(gifts), 0) as gifts, coalesce(sum(amount), 0) as amount from totals"
CREDITS = "select sharer, visit_id, means from conversions order by at, reference"
BEGUN = 1_790_000_000
MONTHLY = (
    "session_subscription",
    "invoice_first",
    "invoice_payment_first",
    "invoice_renewal",
    "invoice_payment_renewal",
)
UNCLAIMED = "/staff/gifts/unclaimed"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    keys = {"hook_stripe_secret": SecretStr(STRIPE_SECRET), "hook_helloasso_key": SecretStr(HELLOASSO_KEY)}
    return settings.model_copy(update=keys)


@pytest.fixture
def told(client: FlaskClient) -> Told:
    """Send a recorded notification, signed by its platform; what became of it."""

    def send(name: str, message: dict[str, Any] | None = None, **changes: Any) -> str:
        provider = name.partition("/")[0]
        body = encoded(message or recorded(name, **changes))
        headers = stripe_headers(body) if provider == "stripe" else helloasso_headers(body)
        answer = client.post(f"/hooks/{provider}", data=body, headers=headers)
        assert answer.status_code == 200, answer.json
        return str(answer.get_json()["status"])

    return send


@pytest.fixture(autouse=True)
def always_equal(kit: Services) -> Iterator[None]:
    """Whatever a test did: totals equal what can be counted from the ledger."""
    yield
    assert recount(kit.store, kit.campaign.timezone) == []


@pytest.fixture
def visit(ana: Person, bo: Person, kit: Services, time_machine: Any) -> str:
    """Bo's visit, by Ana's link, a minute before the monthly gift begins; then it is half a year later."""
    time_machine.move_to(BEGUN - 120)
    id_ = kit.links.read("visit", bo.follow(ana.arrive()["link"]))
    time_machine.move_to(BEGUN + 180 * 86_400)
    assert id_ is not None
    return id_


@pytest.fixture
def anas_id(visit: str, kit: Services) -> str:
    return str(kit.store.query("select sharer from visits where id = :id", id=visit)[0]["sharer"])


def test_a_monthly_gift_counts_each_month_and_is_credited_to_its_first_visit(
    told: Told, visit: str, anas_id: str, rows: Rows
) -> None:
    """The renewal comes long after the window: what counts is when the gift was promised."""
    assert told("stripe/session_subscription", client_reference_id=visit) == "recorded"
    assert rows(SUM) == [{"gifts": 0, "amount": 0}]
    assert told("stripe/invoice_first") == "known"  # the session named it
    assert told("stripe/invoice_payment_first") == "recorded"
    assert rows(SUM) == [{"gifts": 1, "amount": 1000}]
    late = BEGUN + 150 * 86_400
    assert told("stripe/invoice_renewal") == "recorded"
    assert told("stripe/invoice_payment_renewal", created=late) == "recorded"
    assert rows(SUM) == [{"gifts": 2, "amount": 2000}]
    assert rows(CREDITS) == [{"sharer": anas_id, "visit_id": visit, "means": "link"}] * 2
    assert [row["payment"] for row in rows("select payment from gifts order by at")] == [
        "pi_3TbG44JEe0yY0QKrMonth001",
        "pi_3TmG44JEe0yY0QKrMonth002",
    ]


@pytest.mark.parametrize("order", list(permutations(MONTHLY))[::9])
def test_parts_of_a_monthly_gift_in_every_order_and_twice(told: Told, rows: Rows, order: tuple[str, ...]) -> None:
    for name in order:
        told(f"stripe/{name}")
        assert told(f"stripe/{name}") == "known"
    assert rows(SUM) == [{"gifts": 2, "amount": 2000}]
    assert rows("select count(*) as n from gifts") == [{"n": 2}]


def test_a_months_refund_that_comes_first_waits_for_its_gift(told: Told, rows: Rows) -> None:
    told("stripe/charge_refunded_1000", payment_intent="pi_3TbG44JEe0yY0QKrMonth001")
    for name in MONTHLY:
        told(f"stripe/{name}")
    assert rows(SUM) == [{"gifts": 1, "amount": 1000}]


def test_older_versions_of_stripes_api_name_the_payment_in_the_bill(told: Told, rows: Rows) -> None:
    assert told("stripe/invoice_renewal_2024") == "waits"
    assert told("stripe/session_subscription") == "recorded"
    assert told("stripe/invoice_payment_renewal") == "known"
    assert rows("select payment, amount from gifts") == [{"payment": "pi_3TmG44JEe0yY0QKrMonth002", "amount": 1000}]


def test_bills_and_subscriptions_that_did_not_begin_here_never_count(told: Told, rows: Rows) -> None:
    assert told("stripe/invoice_no_gift") == "not_a_monthly_gift"
    assert told("stripe/invoice_renewal") == "waits"
    assert told("stripe/invoice_payment_renewal") == "waits"
    assert told("stripe/invoice_payment_first", invoice="in_1TxG44JEe0yY0QKrHallHire") == "waits"
    assert rows("select * from gifts") == []


def test_a_bill_settled_outside_stripe_is_no_gift_of_stripes(told: Told, rows: Rows) -> None:
    told("stripe/session_subscription")
    payment = {"payment_record": "pr_1", "type": "payment_record"}
    assert told("stripe/invoice_payment_first", payment=payment) == "not_one_payment"
    assert rows("select * from gifts") == []


def test_monthly_gifts_of_test_mode_are_kept_apart(told: Told, rows: Rows) -> None:
    for name in MONTHLY:
        told(f"stripe/{name}", message=recorded(f"stripe/{name}") | {"livemode": False})
    assert rows("select livemode, count(*) as n from gifts group by livemode") == [{"livemode": 0, "n": 2}]
    told("stripe/session_subscription")
    assert rows(SUM) == [{"gifts": 0, "amount": 0}]


def with_answer(visit: str) -> dict[str, Any]:
    """HelloAsso's order, in which the form's own question is answered with this visit."""
    message = recorded("helloasso/order_custom_field")
    message["data"]["items"][0]["customFields"][0]["answer"] = f" {visit} "
    return message


@pytest.mark.parametrize("first", ["order", "payment"])
def test_the_answer_on_an_order_credits_its_payments(
    told: Told, visit: str, anas_id: str, rows: Rows, first: str
) -> None:
    """A second payment months later too: HelloAsso tells of an order once, and of each payment by itself."""
    if first == "order":
        assert told("helloasso/order", with_answer(visit)) == "recorded"
    told("helloasso/payment_form")
    told("helloasso/payment_form", id=13791, date="2027-02-21T14:11:15+01:00")
    if first == "payment":
        assert rows(CREDITS) == []
        assert told("helloasso/order", with_answer(visit)) == "recorded"
    assert told("helloasso/order", with_answer(visit)) == "known"
    assert rows(CREDITS) == [{"sharer": anas_id, "visit_id": visit, "means": "link"}] * 2
    assert rows("select sharer, channel, sum(amount) as amount from totals where amount > 0 group by 1, 2") == [
        {"sharer": anas_id, "channel": "wa", "amount": 4000}
    ]


def test_a_gift_without_our_number_is_credited_by_its_form(told: Told, kit: Services, rows: Rows) -> None:
    partner = make_origin(kit.store, "Boulangerie du coin", 1)
    told("helloasso/payment_form")
    assert rows(CREDITS) == []
    assert bind_form(kit, "helloasso", "3", partner, "Stef") == 1
    told("helloasso/payment_form", id=13791)
    assert rows(CREDITS) == [{"sharer": partner, "visit_id": None, "means": "form"}] * 2
    assert rows(
        "select sharer, sum(gifts) as gifts, sum(amount) as amount from totals where gifts <> 0 group by 1"
    ) == [{"sharer": partner, "gifts": 2, "amount": 4000}]
    told("helloasso/payment_checkout")  # another form
    assert rows("select count(*) as n from conversions") == [{"n": 2}]


@pytest.mark.parametrize("first", ["bind", "payment"])
def test_a_visit_beats_a_form(told: Told, visit: str, anas_id: str, kit: Services, rows: Rows, first: str) -> None:
    """Also where the visit is told later, with the order."""
    partner = make_origin(kit.store, "Boulangerie du coin", 1)
    if first == "bind":
        bind_form(kit, "helloasso", "3", partner, "Stef")
    told("helloasso/payment_form")
    if first == "payment":
        bind_form(kit, "helloasso", "3", partner, "Stef")
    assert [row["means"] for row in rows(CREDITS)] == ["form"]
    told("helloasso/order", with_answer(visit))
    assert rows(CREDITS) == [{"sharer": anas_id, "visit_id": visit, "means": "link"}]


def test_what_staff_credit_by_hand_stays(told: Told, visit: str, kit: Services, rows: Rows, stef: Member) -> None:
    partner = make_origin(kit.store, "Boulangerie du coin", 1)
    told("helloasso/payment_form")
    which = {"provider": "helloasso", "account": "", "payment": "13790"}
    stef.post(UNCLAIMED, "/staff/gifts/credit", **which, deed="nobody")
    assert bind_form(kit, "helloasso", "3", partner, "Stef") == 0
    told("helloasso/order", with_answer(visit))
    assert rows(CREDITS) == []


def test_stripes_payment_links_are_forms_too(told: Told, kit: Services, rows: Rows) -> None:
    (link,) = {str(recorded(f"stripe/{name}")["data"]["object"]["payment_link"]) for name in MONTHLY[:1]}
    partner = make_origin(kit.store, "Marathon", 1)
    bind_form(kit, "stripe", link, partner, "Stef")
    told("stripe/session_completed", payment_link=link, client_reference_id=None)
    for name in MONTHLY:
        told(f"stripe/{name}")
    assert [(row["sharer"], row["means"]) for row in rows(CREDITS)] == [(partner, "form")] * 3


def test_staff_give_a_form_to_a_named_link_and_see_it_on_the_payment(
    told: Told, stef: Member, kit: Services, rows: Rows
) -> None:
    partner = make_origin(kit.store, "Boulangerie du coin", 1)
    told("helloasso/payment_form")
    assert "Les formulaires" in stef.get(UNCLAIMED).text
    address = "https://www.helloasso.com/associations/les-couverts/formulaires/3"
    answer = stef.post(UNCLAIMED, "/staff/gifts/form", provider="helloasso", form=address, origin=partner)
    assert answer.status_code == 303
    assert "un don d’avant lui revient" in stef.get(UNCLAIMED).text
    for number in (13791, 13792):
        told("helloasso/payment_checkout", id=number)
    stef.post(UNCLAIMED, "/staff/gifts/form", provider="helloasso", form="default", origin=partner)
    assert "Noté\u00a0: 2 dons d’avant lui reviennent." in stef.get(UNCLAIMED).text
    stef.post(UNCLAIMED, "/staff/gifts/form", provider="helloasso", form="default", deed="nobody")
    page = stef.get("/staff/gifts/payment?provider=helloasso&account=&payment=13790").text
    assert "Crédité à Boulangerie du coin par son formulaire, 3" in page
    (bound,) = rows("select form, sharer, bound_by, bound_at from forms")
    assert (bound["form"], bound["sharer"], bound["bound_by"]) == ("3", partner, "Stef")
    assert bound["bound_at"] > BEGUN
    stef.post(UNCLAIMED, "/staff/gifts/form", provider="helloasso", form="3", deed="nobody")
    assert rows("select * from forms") == []
    assert [(row["sharer"], row["means"]) for row in rows(CREDITS)] == [(partner, "form")] * 3


def test_a_form_needs_a_name_a_platform_and_somebody(stef: Member, rows: Rows) -> None:
    for form in (
        {"provider": "helloasso", "form": "3"},
        {"provider": "helloasso", "form": "", "sharer": "x"},
        {"provider": "paypal", "form": "3", "deed": "nobody"},
        {"provider": "helloasso", "form": "https://x.example/a/b", "deed": "nobody"},
    ):
        assert stef.post(UNCLAIMED, "/staff/gifts/form", **form).status_code == 422, form
    assert rows("select * from forms") == []


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("3", "3"),
        (" ma-collecte ", "ma-collecte"),
        ("https://www.helloasso.com/associations/les-couverts/collectes/noel-2026/don?a=b", "noel-2026"),
        ("https://www.helloasso.com/associations/les-couverts/formulaires/3/widget", "3"),
        ("plink_1TbFzUJEe0yY0QKrYhS6v9bQ", "plink_1TbFzUJEe0yY0QKrYhS6v9bQ"),
    ],
)
def test_a_form_is_known_by_its_name_or_its_address(text: str, form: str) -> None:
    assert read_form(text) == form


def test_forms_seen_are_listed_with_whose_they_are(told: Told, kit: Services) -> None:
    told("helloasso/payment_form")
    told("helloasso/payment_checkout")
    partner = make_origin(kit.store, "Boulangerie du coin", 1)
    bind_form(kit, "helloasso", "3", partner, "Stef")
    bind_form(kit, "helloasso", "noel", partner, "Stef")
    assert [(row["form"], row["gifts"], row["unclaimed"], row["name"]) for row in list_forms(kit.store)] == [
        ("default", 1, 1, None),
        ("3", 1, 0, "Boulangerie du coin"),
        ("noel", 0, 0, "Boulangerie du coin"),
    ]
