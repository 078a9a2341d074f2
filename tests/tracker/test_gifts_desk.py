"""Staff and gifts: those that nobody brought, credit and corrections by hand, the window, and what donors hid."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.conftest import Person
from tests.tracker.conftest import Member
from tracker.errors import Refused
from tracker.gifts import record_notice
from tracker.gifts.credits import find_sharer
from tracker.gifts.notices import Notice
from tracker.services import Services
from tracker.sharers import make_origin
from tracker.store import Row
from tracker.totals import recount

Rows = Callable[..., list[Row]]
Tell = Callable[..., Any]

UNCLAIMED = "/staff/gifts/unclaimed"
PAYMENT = "/staff/gifts/payment?provider=generic&account=&payment=p1"
SUMS = "select sharer, sum(gifts) as gifts, sum(amount) as amount from totals group by sharer having sum(amount) <> 0"
WHICH = {"provider": "generic", "account": "", "payment": "p1"}


@pytest.fixture(autouse=True)
def always_equal(kit: Services) -> Iterator[None]:
    """Whatever a test did: totals equal what can be counted from the ledger."""
    yield
    assert recount(kit.store, kit.campaign.timezone) == []


@pytest.fixture
def anas(ana: Person, bo: Person) -> dict[str, Any]:
    """Ana's tokens, once Bo has followed her link."""
    tokens = ana.arrive()
    bo.see(bo.follow(tokens["link"]))
    return tokens


def test_an_unclaimed_gift_is_credited_by_hand_with_who_and_when(
    stef: Member, tell: Tell, anas: dict[str, Any], kit: Services, rows: Rows
) -> None:
    tell(payment="p1", amount=3000)
    assert "Un don attend de savoir qui l’a amené." in stef.get("/staff/gifts").text
    assert "generic · p1" in stef.get(UNCLAIMED).text
    link = f"http://127.0.0.1:8000/r/jai-piscine/wa/{anas['link']}"
    answer = stef.post(PAYMENT, "/staff/gifts/credit", **WHICH, sharer=link, note="Elle l'a  dit")
    assert answer.status_code == 303
    ana = kit.links.read("link", anas["link"])
    assert rows(SUMS) == [{"sharer": ana, "gifts": 1, "amount": 3000}]
    (deed,) = rows("select deed, sharer, done_by, note, at from gift_deeds")
    assert (deed["deed"], deed["sharer"], deed["done_by"], deed["note"]) == ("credit", ana, "Stef", "Elle l'a dit")
    page = stef.get(PAYMENT).text
    assert "Stef" in page
    assert "crédité à" in page
    assert "generic · p1" not in stef.get(UNCLAIMED).text


def test_a_later_refund_and_the_gift_told_again_follow_the_hand(
    stef: Member, tell: Tell, anas: dict[str, Any], kit: Services, rows: Rows
) -> None:
    tell(payment="p1", amount=3000)
    stef.post(PAYMENT, "/staff/gifts/credit", **WHICH, sharer=anas["link"])
    tell("refund", payment="p1", refund="r1", amount=1000)
    tell(payment="p1", amount=3000)
    ana = kit.links.read("link", anas["link"])
    assert rows(SUMS) == [{"sharer": ana, "gifts": 1, "amount": 2000}]
    newsletter = make_origin(kit.store, "Newsletter 12", 1)
    stef.post(PAYMENT, "/staff/gifts/credit", **WHICH, origin=newsletter)
    assert rows(SUMS) == [{"sharer": newsletter, "gifts": 1, "amount": 2000}]
    stef.post(PAYMENT, "/staff/gifts/credit", **WHICH, deed="nobody")
    assert rows(SUMS) == [{"sharer": "", "gifts": 1, "amount": 2000}]
    assert "generic · p1" not in stef.get(UNCLAIMED).text
    assert [row["deed"] for row in rows("select deed from gift_deeds order by id")] == ["credit", "credit", "nobody"]


def test_the_chain_above_is_shown_as_set_in_motion(
    stef: Member, tell: Tell, anas: dict[str, Any], bo: Person, cy: Person, kit: Services
) -> None:
    bos = bo.arrive()
    visit = cy.follow(bo.see(bo.follow(anas["link"]))["link"])
    tell(payment="p1", amount=500, visit_id=str(visit)[:16])
    page = stef.get(PAYMENT).text
    assert "Crédité à" in page
    assert bos
    assert "Mis en mouvement par" in page


@pytest.mark.parametrize(
    "text", ["", "nobody", "AAAAAAAAAAAAAAAA", "https://x.example/r/a/wa/" + "A" * 16 + "." + "B" * 16]
)
def test_only_a_sharer_that_there_is_can_be_credited(stef: Member, tell: Tell, rows: Rows, text: str) -> None:
    tell(payment="p1", amount=3000)
    assert stef.post(PAYMENT, "/staff/gifts/credit", **WHICH, sharer=text).status_code == 422
    assert rows("select * from conversions") == []


def test_a_sharer_is_found_in_four_ways(anas: dict[str, Any], kit: Services) -> None:
    id_ = kit.links.read("link", anas["link"])
    newsletter = make_origin(kit.store, "Newsletter 12", 1)
    for text in (id_, anas["link"], f"https://x.example/staff/sharers/{id_}?range=7", f" /r/x/wa/{anas['link']}?a=b "):
        assert find_sharer(kit, str(text)) == id_
    assert find_sharer(kit, "Newsletter  12") == newsletter
    with pytest.raises(Refused):
        find_sharer(kit, anas["visit"])


@pytest.mark.parametrize(
    ("amount", "left"), [("-10,50", 1950), ("+5", 3500), ("- 30,00 €", 0), ("-45", -1500), ("1 000,00", 103000)]
)
def test_a_correction_adds_or_takes_off(stef: Member, tell: Tell, rows: Rows, amount: str, left: int) -> None:
    tell(payment="p1", amount=3000)
    answer = stef.post(PAYMENT, "/staff/gifts/correct", **WHICH, amount=amount, note="selon le relevé")
    assert answer.status_code == 303
    assert rows("select sum(amount) as amount from gifts") == [{"amount": left}]
    assert rows("select coalesce(sum(amount), 0) as amount from totals") == [{"amount": left}]
    assert ("Plus repris que donné" in stef.get(UNCLAIMED).text) == (left < 0)


@pytest.mark.parametrize("amount", ["", "0", "abc", "1,234", "12,5,6", "1e9", "99999999999999999999"])
def test_what_is_no_amount_is_refused(stef: Member, tell: Tell, rows: Rows, amount: str) -> None:
    tell(payment="p1", amount=3000)
    answer = stef.post(PAYMENT, "/staff/gifts/correct", **WHICH, amount=amount, note="")
    assert answer.status_code == 422
    assert rows("select count(*) as n from gifts") == [{"n": 1}]


def test_a_gift_that_no_platform_told_of_is_entered(
    stef: Member, anas: dict[str, Any], kit: Services, rows: Rows
) -> None:
    answer = stef.post(
        UNCLAIMED, "/staff/gifts/enter", amount="120 000,00 €", day="2026-09-30", sharer=anas["link"], note="chèque"
    )
    assert answer.status_code == 303
    ana = kit.links.read("link", anas["link"])
    assert rows(SUMS) == [{"sharer": ana, "gifts": 1, "amount": 12_000_000}]
    assert rows("select day from totals where amount > 0") == [{"day": "2026-09-30"}]
    assert [row["provider"] for row in rows("select provider from gifts")] == ["staff"]


def test_a_refund_waiting_for_its_gift_is_shown(stef: Member, tell: Tell) -> None:
    tell("refund", payment="p1", refund="r1", amount=500)
    assert "Repris avant d’être donné" in stef.get(UNCLAIMED).text
    tell(payment="p1", amount=500)
    assert "Rien. Les comptes sont bons." in stef.get(UNCLAIMED).text


def test_who_left_just_before_is_offered_as_a_hint(stef: Member, tell: Tell, anas: dict[str, Any], bo: Person) -> None:
    visit = bo.see(bo.follow(anas["link"], placement="em"))["visit"]
    assert bo.get(f"/go/donner?by={visit}").status_code == 302
    tell(payment="p1", amount=500)
    page = stef.get(PAYMENT).text
    assert "Ce n’est qu’un indice" in page
    assert "E-mail" in page


def test_staff_set_the_window(
    stef: Member, tell: Tell, anas: dict[str, Any], bo: Person, rows: Rows, time_machine: Any, kit: Services
) -> None:
    visit = str(bo.follow(anas["link"]))[:16]
    assert "90 jours" in stef.get("/staff/gifts").text
    assert stef.post("/staff/gifts", "/staff/gifts/window", days="10").status_code == 303
    assert "10 jours" in stef.get("/staff/gifts").text
    time_machine.move_to(datetime.now(UTC) + timedelta(days=11))
    tell(payment="late", amount=500, visit_id=visit)
    assert rows("select * from conversions") == []
    kit.store.execute("update choices set value = '12' where name = 'credit_window'")
    tell(payment="in time", amount=500, visit_id=visit)
    assert [row["reference"] for row in rows("select reference from conversions")] == ["generic::in time"]


@pytest.mark.parametrize("days", ["0", "-1", "731", "x", ""])
def test_a_window_is_a_number_of_days(stef: Member, days: str) -> None:
    assert stef.post("/staff/gifts", "/staff/gifts/window", days=days).status_code == 422


def test_only_the_role_for_it_may_touch_gifts(hire: Callable[[str], Member], tell: Tell, rows: Rows) -> None:
    tell(payment="p1", amount=3000)
    editor = hire("editor")
    assert editor.get(UNCLAIMED).status_code == 200
    for path in ("credit", "correct", "enter", "window"):
        answer = editor.post("/staff/password", f"/staff/gifts/{path}", **WHICH, amount="5", days="5", deed="nobody")
        assert answer.status_code == 403, path
    assert rows("select * from gift_deeds") == []


def test_strangers_see_nothing(client: Any) -> None:
    for path in (UNCLAIMED, PAYMENT):
        assert client.get(path).status_code == 302
    for path in ("credit", "correct", "enter", "window"):
        assert client.post(f"/staff/gifts/{path}").status_code in (302, 400), path


def test_an_unknown_payment_is_kindly_not_there(stef: Member) -> None:
    assert stef.get(PAYMENT).status_code == 404
    assert stef.get("/staff/gifts/payment").status_code == 404


def test_everything_in_english_too(stef: Member, tell: Tell) -> None:
    tell(payment="p1", amount=3000)
    for page in ("/staff/gifts?lang=en", f"{UNCLAIMED}?lang=en", f"{PAYMENT}&lang=en"):
        text = stef.get(page).text
        assert "Gifts" in text
        assert "Dons sans lien" not in text


def test_a_hidden_amount_is_not_told_to_the_sharer(
    ana: Person, anas: dict[str, Any], bo: Person, kit: Services
) -> None:
    visit = str(bo.follow(anas["link"]))[:16]
    impact = ana.share(anas["visit"])["impact"].removeprefix(kit.settings.site_url)
    record_notice(kit, "helloasso", Notice("gift", "1", "gift", 4321, "EUR", visit_id=visit, amount_hidden=True))
    assert "43,21" not in ana.get(impact).text
    record_notice(kit, "helloasso", Notice("gift", "2", "gift", 1000, "EUR", visit_id=visit))
    assert "53,21" not in ana.get(impact).text
    record_notice(kit, "helloasso", Notice("gift", "3", "gift", 1000, "EUR", visit_id=visit))
    assert "63,21" in ana.get(impact).text
