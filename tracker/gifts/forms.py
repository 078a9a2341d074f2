"""Forms: a page of the donation platform that belongs to somebody, such as a partner's or a collector's own.

Platforms say through which form a gift came (HelloAsso: `formSlug`; Stripe: the payment link). Staff give a form to a
sharer; gifts through it that came without a visit of ours are that sharer's, those of before too, unless staff looked
into them by hand.
"""

from __future__ import annotations

import re
import time
from urllib.parse import unquote, urlsplit

from tracker.errors import Refused
from tracker.gifts.credits import UNCLAIMED
from tracker.gifts.ledger import BY_FORM, Payment, count_payment, move_totals, write_credit
from tracker.gifts.recording import PROVIDERS
from tracker.services import Services
from tracker.store import Row, Store

LONGEST = 200
# What stands before a form's short name in its address on helloasso.com: /associations/les-couverts/formulaires/3
PLACES = re.compile(r"/(?:formulaires|collectes|paiements|adhesions|evenements|boutiques)/([^/]+)")

WITHOUT_VISIT = "not exists (select 1 from visits where visits.id = visit_id)"
FORMS = f"""
    select seen.provider as provider, seen.form as form, sum(seen.gifts) as gifts, sum(seen.unclaimed) as unclaimed,
      forms.sharer as sharer, sharers.kind as kind, sharers.name as name, forms.bound_by as bound_by,
      forms.bound_at as bound_at
    from (
      select provider, form, count(*) as gifts, 0 as unclaimed from gifts
      where form is not null and kind = 'gift' and livemode = 1 group by provider, form
      union all
      select provider, form, 0 as gifts, count(*) as unclaimed from ({UNCLAIMED}) as unclaimed_gifts
      where form is not null and {WITHOUT_VISIT} group by provider, form
      union all
      select provider, form, 0 as gifts, 0 as unclaimed from forms
    ) as seen
    left join forms on forms.provider = seen.provider and forms.form = seen.form
    left join sharers on sharers.id = forms.sharer
    group by seen.provider, seen.form, forms.sharer, sharers.kind, sharers.name, forms.bound_by, forms.bound_at
    order by unclaimed desc, gifts desc, provider, form limit :limit
"""  # noqa: S608


def list_forms(store: Store, limit: int = 100) -> list[Row]:
    """Forms through which gifts came or that staff gave to a sharer: {"gifts", "unclaimed"} and whose each is."""
    return store.query(FORMS, limit=limit)


def read_form(text: str) -> str:
    """A form's name as notifications tell it: the name itself, or taken from its address. Raises Refused."""
    text = text.strip()
    found = PLACES.search(urlsplit(text).path) if "/" in text else None
    name = unquote(found[1]) if found else text
    if not name or "/" in name or len(name) > LONGEST or not name.isprintable():
        raise Refused("unknown_form", "Give the form's short name, or its whole address on helloasso.com.", 422)
    return name


def bind_form(kit: Services, provider: str, form: str, sharer: str | None, by: str) -> int:
    """Give a form to a sharer, or take it from whoever has it; how many earlier gifts that credited.

    What a form's gifts were credited with stays. Raises Refused for a provider that there is not.
    """
    if provider not in PROVIDERS:
        raise Refused("unknown_provider", "There is no such donation platform.", 422)
    now = int(time.time())
    with kit.store.atomic() as writing:
        writing.execute("delete from forms where provider = :provider and form = :form", provider=provider, form=form)
        if sharer is None:
            return 0
        columns = ("provider", "form", "sharer", "bound_by", "bound_at")
        writing.insert("forms", columns, [(provider, form, sharer, by, now)])
        waiting = writing.query(
            f"""
            select account, payment, at from ({UNCLAIMED}) as unclaimed
            where provider = :provider and form = :form and {WITHOUT_VISIT} order by at, payment
            """,  # noqa: S608
            provider=provider,
            form=form,
        )
        for row in waiting:
            payment = Payment(provider, row["account"], row["payment"])
            before = count_payment(writing, payment)
            write_credit(writing, payment, sharer, None, row["at"], now, BY_FORM)
            move_totals(writing, before, count_payment(writing, payment), kit.campaign.timezone)
    return len(waiting)
