"""A platform's own list beside the ledger: read in any spelling, compared by payment number, nothing counted twice."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.gifts import record_notice
from tracker.gifts.exports import ExportError, read_export
from tracker.gifts.money import BadAmount, guess_language, plain_amount, read_money
from tracker.gifts.notices import Notice
from tracker.gifts.reconcile import import_file
from tracker.services import Services
from tracker.store import Row
from tracker.totals import recount

Rows = Callable[..., list[Row]]
PARIS = ZoneInfo("Europe/Paris")

STRIPE = """id,Created date (UTC),Amount,Amount Refunded,Currency,Status,PaymentIntent ID
ch_1,2026-11-01 10:00:00,30.00,0.00,eur,Paid,pi_1
ch_2,2026-11-02 10:00:00,"1,250.00",250.00,eur,Partial refund,pi_2
ch_3,2026-11-03 10:00:00,15.00,0.00,eur,Failed,pi_3
ch_4,2026-11-04 23:30:00,10.00,10.00,eur,Refunded,pi_4
ch_5,2026-11-05 10:00:00,20.00,0.00,usd,Paid,pi_5
"""
FRENCH = """Numéro paiement;Date du paiement;Montant;Statut
77;21/09/2026 14:11;1 234,50 €;Payé
78;2/10/2026;20,00;Remboursé
"""


@pytest.fixture(autouse=True)
def always_equal(kit: Services) -> Iterator[None]:
    """Whatever a test did: totals equal what can be counted from the ledger."""
    yield
    assert recount(kit.store, kit.campaign.timezone) == []


@pytest.fixture
def run(kit: Services, tmp_path: Path) -> Callable[..., list[str]]:
    def run(text: str | bytes, provider: str = "stripe", columns: str = "", dry_run: bool = False) -> list[str]:
        file = tmp_path / "export.csv"
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        return list(import_file(kit, file, provider, columns, dry_run))

    return run


def test_a_dry_run_shows_and_changes_nothing(run: Callable[..., list[str]], rows: Rows) -> None:
    told = run(STRIPE, dry_run=True)
    assert "pi_1: 30.00 EUR: not in our ledger, would be added" in told
    assert "pi_2: 1250.00 EUR, of which 250.00 EUR refunded: not in our ledger, would be added" in told
    assert "not taken: line 6: in 'usd', not in EUR" in told
    assert (
        told[-1]
        == "0 agree, 3 would be added (1030.00 EUR), 0 differ, 0 only here, 1 not taken, 1 not paid (Failed: 1)."
    )
    assert rows("select * from gifts") == rows("select * from choices") == []


def test_what_we_missed_is_added_once(run: Callable[..., list[str]], kit: Services, rows: Rows) -> None:
    record_notice(kit, "stripe", Notice("gift", "pi_1", "gift", 3000, "EUR"))
    run(STRIPE)
    assert rows("select payment, sum(amount) as amount from gifts group by payment order by payment") == [
        {"payment": "pi_1", "amount": 3000},
        {"payment": "pi_2", "amount": 100000},
        {"payment": "pi_4", "amount": 0},
    ]
    before = rows("select count(*) as n from gifts")
    assert run(STRIPE)[-1].startswith("3 agree, 0 added (0.00 EUR), 0 differ")
    for notice in (
        Notice("gift", "pi_2", "gift", 125000, "EUR"),
        Notice("refunded", "pi_2", "refunded:25000@1793700000", 25000, "EUR", at=1793700000),
        Notice("refund", "pi_4", "refund:re_4", 1000, "EUR", at=1793700000),
    ):
        record_notice(kit, "stripe", notice)
    assert rows("select count(*) as n from gifts") == before


def test_days_are_the_campaigns_own_and_utc_is_believed(run: Callable[..., list[str]], rows: Rows) -> None:
    run(STRIPE.replace("Refunded,pi_4", "Paid,pi_4").replace("10.00,10.00", "10.00,0.00"))
    assert rows("select day from totals where amount = 1000") == [{"day": "2026-11-05"}]


def test_what_only_we_have_and_what_differs_is_listed_and_left(
    run: Callable[..., list[str]], kit: Services, rows: Rows
) -> None:
    for payment, amount in (("pi_1", 2900), ("pi_x", 700)):
        record_notice(kit, "stripe", Notice("gift", payment, "gift", amount, "EUR", at=1793700000))
    record_notice(kit, "stripe", Notice("gift", "pi_2", "gift", 125000, "EUR"))
    told = run(STRIPE)
    assert "pi_1: 30.00 EUR there, 29.00 EUR here: left as it is, for staff to look into" in told
    assert "pi_x: 7.00 EUR in our ledger, not in the list: left as it is" in told
    assert "pi_2: 250.00 EUR refunded there, 0.00 EUR here: the difference added" in told
    assert rows("select sum(amount) as amount from gifts where payment = 'pi_2'") == [{"amount": 100000}]


def test_a_refund_that_waited_gets_its_gift(run: Callable[..., list[str]], kit: Services, rows: Rows) -> None:
    record_notice(kit, "stripe", Notice("refund", "pi_4", "refund:re_4", 1000, "EUR"))
    run(STRIPE)
    assert rows("select sum(amount) as amount from gifts where payment = 'pi_4'") == [{"amount": 0}]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("separator", [";", "\t", ",", "|"])
def test_french_lists_in_whatever_spelling(
    run: Callable[..., list[str]], rows: Rows, encoding: str, separator: str
) -> None:
    text = FRENCH.replace("1 234,50 €", '"1\u202f234,50 €"' if encoding.startswith("utf") else '"1\xa0234,50 €"')
    text = text.replace("20,00", '"20,00"').replace(";", separator).replace("\n", "\r\n")
    run(text.encode(encoding), "helloasso")
    assert rows("select payment, kind, amount from gifts order by payment, amount desc") == [
        {"payment": "77", "kind": "gift", "amount": 123450},
        {"payment": "78", "kind": "gift", "amount": 2000},
        {"payment": "78", "kind": "refund", "amount": -2000},
    ]
    assert rows("select at from gifts where payment = '77'") == [{"at": 1789992660}]


def test_columns_are_said_once_and_remembered(run: Callable[..., list[str]], rows: Rows) -> None:
    text = "Réf;Combien;Quand\nA1;12,00;2026-11-01\n"
    with pytest.raises(ExportError, match="Which column is the payment and the amount and the date"):
        run(text, "generic")
    run(text, "generic", columns="payment=Réf,amount=Combien,date=Quand")
    assert run(text.replace("A1", "A2"), "generic")[-1].startswith("0 agree, 1 added (12.00 EUR)")
    with pytest.raises(ExportError, match="There is no column 'Prix' for amount"):
        run(text, "generic", columns="amount=Prix")
    with pytest.raises(ExportError, match="There is no 'prix'"):
        run(text, "generic", columns="prix=Combien")
    assert rows("select count(*) as n from gifts") == [{"n": 2}]


def test_lists_with_refunds_on_lines_of_their_own(run: Callable[..., list[str]], rows: Rows) -> None:
    text = "payment,amount,date\nA,30.00,2026-11-01\nA,-10.00,2026-11-02\nA,-5.00,2026-11-03\nA,30.00,2026-11-01\n"
    run(text, "generic")
    assert rows("select sum(amount) as amount from gifts") == [{"amount": 1500}]
    told = run("payment,amount,date\nB,30.00,2026-11-01\nB,20.00,2026-11-01\n", "generic")
    assert "not taken: line 3: payment B stands on line 2 already" in told


def test_the_only_account_of_the_ledger_is_the_lists_own(
    run: Callable[..., list[str]], kit: Services, rows: Rows
) -> None:
    record_notice(kit, "generic", Notice("gift", "A", "gift", 3000, "EUR", account="shop"))
    run("payment,amount,date\nA,30.00,2026-11-01\nB,20.00,2026-11-01\n", "generic")
    record_notice(kit, "generic", Notice("gift", "B", "gift", 2000, "EUR", account="shop"))
    assert rows("select count(*) as n from gifts") == [{"n": 2}]


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"", "no columns"),
        (b"PK\x03\x04\x00\x00", "not as a workbook"),
        (b"a,b\n", "no columns"),
        (b'payment,amount,date\n"A,1,2', "broken or cut off"),
        (b'payment,amount,date\nA,1.50,2026-11-01\nB,"1,50",2026-11-01\n', "decimal comma"),
        (b"payment,amount,date\nA,1,13/11/2026\nB,1,11/13/2026\n", "day first"),
    ],
)
def test_what_is_no_list_says_the_mend(run: Callable[..., list[str]], raw: bytes, words: str) -> None:
    with pytest.raises(ExportError, match=words):
        run(raw, "generic")


def test_lines_that_can_not_be_taken_say_why(run: Callable[..., list[str]], rows: Rows) -> None:
    told = run(
        "payment,amount,date\n,1,2026-11-01\nA,x,2026-11-01\nB,1,soon\nC,0,2026-11-01\nD,9999999,2026-11-01\n",
        "generic",
    )
    assert [line.partition(": ")[2] for line in told if line.startswith("not taken")] == [
        "line 2: no payment number",
        "line 3: 'x' is no amount",
        "line 4: 'soon' is no date",
        "line 5: C has no amount that a gift can have",
        "line 6: D has no amount that a gift can have",
    ]
    assert rows("select * from gifts") == []


def test_an_unknown_provider_or_file_says_the_mend(kit: Services, tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="there are generic, stripe, helloasso"):
        list(import_file(kit, tmp_path / "x.csv", "paypal", "", True))
    with pytest.raises(ExportError, match="Can't read"):
        list(import_file(kit, tmp_path / "x.csv", "stripe", "", True))


@pytest.mark.parametrize(
    ("text", "currency", "language", "minor"),
    [
        ("30", "EUR", "fr", 3000),
        ("1 234,50 €", "EUR", "fr", 123450),
        ("1\u202f234,5", "EUR", "fr", 123450),
        ("1.234,50", "EUR", "fr", 123450),
        ("€1,234.50", "EUR", "en", 123450),
        ("-12.30", "EUR", "en", -1230),
        ("− 12,30 €", "EUR", "fr", -1230),
        ("CHF 1'234.50", "CHF", "en", 123450),
        ("¥3,000", "JPY", "en", 3000),
        ("3 000", "XOF", "fr", 3000),
        ("1.234", "TND", "en", 1234),
        ("0.29", "EUR", "en", 29),
    ],
)
def test_amounts_in_whole_minor_units(text: str, currency: str, language: str, minor: int) -> None:
    assert read_money(text, currency, language) == minor


@pytest.mark.parametrize(
    ("text", "currency", "language"),
    [("1,5", "JPY", "fr"), ("0.001", "EUR", "en"), ("", "EUR", "fr"), ("€", "EUR", "en"), ("1 23,4", "EUR", "fr")],
)
def test_no_amount_is_rounded_or_guessed(text: str, currency: str, language: str) -> None:
    with pytest.raises(BadAmount):
        read_money(text, currency, language)


@given(minor=st.integers(-(10**10), 10**10), currency=st.sampled_from(["EUR", "USD", "JPY", "XOF", "TND", "HUF"]))
def test_whatever_is_written_is_read_again(minor: int, currency: str) -> None:
    assert read_money(plain_amount(minor, currency), currency, "en") == minor
    assert read_money(plain_amount(minor, currency).replace(".", ","), currency, "fr") == minor


def test_the_language_of_amounts_shows_in_their_signs() -> None:
    assert guess_language(["1 000", "2,50"], "EUR") == "fr"
    assert guess_language(["1,000", "2.50"], "EUR") == "en"
    assert guess_language(["1,000.00"], "EUR") == "en"
    assert guess_language(["10", "20"], "EUR") == ""


@given(raw=st.binary(max_size=300))
def test_no_file_whatever_breaks_the_reader(raw: bytes) -> None:
    class Nothing:
        def query(self, *_args: Any, **_more: Any) -> list[Any]:
            return []

    for head in (b"", b"payment,amount,date\n"):
        with suppress(ExportError):
            read_export(head + raw, Nothing(), "generic", "EUR", PARIS)  # type: ignore[arg-type]
