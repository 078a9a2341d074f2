"""The donate page: suggested amounts and what they really cost, in each language and currency, without scripts too."""

import re

import pytest

from settings import SettingsError, load
from tests.campaigns import Campaign
from tracker.departures import donation_address

W, N = "\u00a0", "\u202f"  # wide and narrow no-break space
LINK = {"name": "donner", "address": "https://dons.example/p?a=b", "provider": "generic", "field": "visit_id"}


def donate_page(campaign: Campaign, **settings: object) -> str:
    """Both languages' donate pages of a build with these settings, without their tags' insides."""
    for stem, slug in (("donner", "donner"), ("donner.en", "donate")):
        heads = f"Title: Donner\nSlug: {slug}\nTemplate: donate\nSummary: Un don.\nMenu: Donner\n\nDonnez.\n"
        (campaign.content / "pages" / f"{stem}.md").write_text(heads, encoding="utf-8")
    campaign.write_episode()
    campaign.settings |= {"TARGETS": [LINK], **settings}
    campaign.build()
    return campaign.read("donner/index.html") + campaign.read("en/donate/index.html")


def amounts(page: str) -> list[tuple[str, str, str]]:
    """(address, amount, what it really costs) of each suggestion."""
    return re.findall(
        r'<li><a [^>]*href="([^"]+)" data-give="donner"[^>]*>([^<]+)</a>(?:<span class="typed">([^<]+)</span>)?</li>',
        page,
    )


def test_amounts_are_plain_links_with_what_they_really_cost(campaign: Campaign) -> None:
    page = donate_page(campaign, AMOUNTS=[5, 30], TAX={"rate": 75, "ceiling": 2000, "year": 2026})
    assert amounts(page) == [
        (LINK["address"], f"5{W}€", f"coûte vraiment 1,25{W}€"),
        (LINK["address"], f"30{W}€", f"coûte vraiment 7,50{W}€"),
        (LINK["address"], "€5", "really costs €1.25"),
        (LINK["address"], "€30", "really costs €7.50"),
    ]
    assert f"réduction de 75{N}% jusqu’à 2{N}000{W}€ de dons par an (règles de 2026)" in page
    assert "75% comes off, up to €2,000 of gifts a year (rules of 2026)" in page


def test_the_general_rule_has_a_share_of_income_for_its_ceiling(campaign: Campaign) -> None:
    page = donate_page(campaign, AMOUNTS=[15], TAX={"rate": 66, "ceiling": None, "year": 2026})
    assert [cost for _address, _amount, cost in amounts(page)] == [f"coûte vraiment 5,10{W}€", "really costs €5.10"]
    assert f"réduction de 66{N}%, dans la limite de 20{N}% du revenu imposable (règles de 2026)" in page
    assert "66% comes off, within 20% of taxable income (rules of 2026)" in page


def test_an_amount_above_the_ceiling_is_promised_nothing(campaign: Campaign) -> None:
    page = donate_page(campaign, AMOUNTS=[30, 3000], TAX={"rate": 75, "ceiling": 2000, "year": 2026})
    assert [cost for _address, _amount, cost in amounts(page)][1] == ""


def test_another_currency_and_no_tax_rule(campaign: Campaign) -> None:
    """Yen have no cents; the platform's own field for the amount is filled in."""
    target = {**LINK, "amount_field": "amount", "address": f"{LINK['address']}#don"}
    page = donate_page(campaign, AMOUNTS=[500], TAX=None, CURRENCY="JPY", TARGETS=[target])
    assert [(address, amount) for address, amount, _cost in amounts(page)] == [
        ("https://dons.example/p?a=b&amp;amount=500#don", f"500{W}JPY"),
        ("https://dons.example/p?a=b&amp;amount=500#don", "JP¥500"),
    ]
    assert "impôt" not in page


@pytest.mark.parametrize(
    ("address", "provider", "field"),
    [
        ("", "generic", "visit_id"),
        ("https://buy.stripe.com/test_8wM", "stripe", "client_reference_id"),
        ("https://donate.stripe.com/8wM?locale=fr", "stripe", "client_reference_id"),
        ("https://www.helloasso.com/associations/les-couverts/formulaires/3", "helloasso", "visit_id"),
        ("https://buy.stripe.com.evil.example/x", "generic", "visit_id"),
        ("https://dons.example.org/", "generic", "visit_id"),
    ],
)
def test_a_donation_page_is_known_by_its_address(address: str, provider: str, field: str) -> None:
    settings = load(_env_file=None, donation_url=address)
    assert (settings.donation_provider, settings.donation_field) == (provider, field)
    target = {"address": address, "provider": settings.donation_provider, "field": settings.donation_field}
    assert f"{field}=AAAAAAAAAAAAAAAA" in donation_address(target, "A" * 16)
    assert donation_address({**target, "field": ""}, "A" * 16) == donation_address(target, "A" * 16)


def test_a_platform_at_an_address_of_ones_own_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load(_env_file=None, donation_url="https://don.couverts.example/", donation_provider="stripe")
    assert (settings.donation_provider, settings.donation_field) == ("stripe", "client_reference_id")
    assert load(_env_file=None, donation_field="ref").donation_field == "ref"
    for wrong in ({"donation_provider": "paypal"}, {"donation_url": "javascript:alert(1)"}):
        with pytest.raises(SettingsError, match=f"{next(iter(wrong)).upper()}: must"):
            load(_env_file=None, **wrong)
