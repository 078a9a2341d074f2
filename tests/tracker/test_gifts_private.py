"""What a running server keeps of gifts: a receipt of each notification, and nothing that names a donor."""

from __future__ import annotations

import base64
import json
import time
from pathlib import Path

from tests.gifts import recorded
from tests.gifts.served import Server


def test_everything_is_receipted(gift_server: Server) -> None:
    gift_server.stripe("session_completed", "pi_receipt")
    for _ in range(200):
        if rows := gift_server.store.query("select extract, body_hash from notices where payment = 'pi_receipt'"):
            break
        time.sleep(0.02)  # receipts of what is recorded anyway are written in the background
    assert json.loads(rows[0]["extract"])["amount_total"] == 3000
    verdicts = {row["verdict"] for row in gift_server.store.query("select distinct verdict from notices")}
    assert verdicts >= {"recorded"}


DONOR = (b"bo@example.org", b"Donnegrand", b"rue du Repas", b"1984-05-15", b"192.0.2.1")
NAMELESS = ("form", "invoice_payment_", "refund_")  # what these begin with names nobody


def everything_kept(server: Server) -> bytes:
    """All that the database holds: its files, or on PostgreSQL every table's every row."""
    server.store.flush()
    files = sorted(server.folder.glob("tracker.db*"))
    if files:
        return b"".join(file.read_bytes() for file in files)
    tables = server.store.query("select tablename as name from pg_tables where schemaname = current_schema()")
    rows = [server.store.query(f"select * from {row['name']}") for row in tables]
    return repr(rows).encode()


def test_no_donor_is_anywhere_in_the_database_nor_in_the_log(gift_server: Server, partner_server: Server) -> None:
    """Each recorded notification names Bo: name, e-mail, address, birthday. All are told; nothing of Bo is kept."""
    folder = Path(__file__).resolve().parents[1] / "gifts"
    for file in sorted(folder.glob("*/*.json")):
        assert any(each in file.read_bytes() for each in DONOR) or file.stem.startswith(NAMELESS), file.stem
        message = json.loads(file.read_text(encoding="utf-8"))
        if file.parent.name == "stripe":
            assert gift_server.stripe_event(message)[0] == 200
        else:
            assert partner_server.signed_helloasso(message)[0] == 200
    # What is refused is written before it is answered, and all that came before it with it.
    gift_server.generic("gift", payment="g_donor", amount=0, email="bo@example.org", name="Bo Donnegrand")
    wrong = recorded("stripe/session_completed", currency="usd", payment_intent="pi_usd")
    assert gift_server.stripe_event(wrong)[0] == 422
    assert partner_server.signed_helloasso(recorded("helloasso/payment_form", amount=0))[0] == 422
    for server in (gift_server, partner_server):
        kept = everything_kept(server) + (server.folder / "log.txt").read_bytes()
        assert b"refund" in kept
        assert [each for each in DONOR if each in kept] == []


def test_what_could_not_be_read_is_kept_whole_and_nothing_else(partner_server: Server) -> None:
    """Only there a donor may be named, for thirty days: docs/privacy.md says so."""
    unread = recorded("helloasso/payment_form", id=604, amount="vingt euros")
    assert partner_server.signed_helloasso(unread)[1]["error"] == "bad_amount"
    (row,) = partner_server.store.query(
        "select body, detail, extract from bodies join notices on notices.id = bodies.notice "
        "where verdict = 'bad_amount' order by bodies.at desc, notice desc limit 1"
    )
    assert b"bo@example.org" in base64.b64decode(row["body"])
    assert not any(each.decode() in f"{row['detail']}{row['extract']}" for each in DONOR)
