"""Origins: a name gets its links, the same each time, and its visits are counted for it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.tracker.conftest import Member
from tracker.origins import OriginLink, add_origin, list_links, tell_origin
from tracker.origins.codes import SORTS
from tracker.services import Services


def links_of(kit: Services, name: str) -> list[OriginLink]:
    return list_links(kit, add_origin(kit, name))


def test_a_newsletter_gets_links_for_each_episode_language_and_placement(kit: Services) -> None:
    links = links_of(kit, "Newsletter 12")
    assert len(links) == 2 + 3 * 2 * 2
    assert [(link.title, link.episode, link.placement) for link in links[:2]] == [
        ("", "jai-piscine", "ref"),
        ("", "jai-piscine", "qr"),
    ]
    assert re.fullmatch(
        r"http://127\.0\.0\.1:8000/r/jai-piscine/ref/[A-Za-z0-9_-]{16}\.[A-Za-z0-9_-]{16}", links[0].address
    )
    assert any(link.address.startswith("http://127.0.0.1:8000/en/r/ca-sert-a-rien/qr/") for link in links)


def test_asking_twice_gives_the_same_links(kit: Services) -> None:
    assert links_of(kit, "Newsletter 12") == links_of(kit, "  Newsletter   12 ")
    assert len(kit.store.query("select * from sharers")) == 1
    assert len(kit.store.query("select * from origins")) == 1


@pytest.mark.parametrize("name", ["", "  ", "x" * 81, "a\0b", "a\u202eb"])
def test_a_name_that_nobody_could_read_is_refused(kit: Services, name: str) -> None:
    with pytest.raises(ValueError, match="name of 1 to 80"):
        links_of(kit, name)


def test_visits_through_an_origin_are_counted_under_its_name(stef: Member, bo: Any, kit: Services) -> None:
    link = links_of(kit, "Affiche du tram")[1]
    visit = bo.follow(link.address.rsplit("/", 1)[1], placement="qr")
    bo.see(visit)
    page = stef.get("/staff/").text
    assert "Affiche du tram" in page
    assert "QR code" in page
    (id_,) = (row["id"] for row in kit.store.query("select id from sharers where kind = 'origin'"))
    assert "<dt>visiteurs confirmés</dt><dd>1</dd>" in stef.get(f"/staff/origins/{id_}").text


def test_staff_make_an_origin_and_can_copy_its_address(stef: Member) -> None:
    answer = stef.post("/staff/origins/", name="Lettre n° 12", sort="newsletter")
    assert answer.status_code == 303
    assert "Lettre n° 12" in stef.get("/staff/origins/").text
    page = stef.get(answer.location).text
    assert 'value="http://127.0.0.1:8000/r/jai-piscine/ref/' in page
    assert 'value="http://127.0.0.1:8000/p/' in page
    assert stef.post("/staff/origins/", name=" ").status_code == 422


class TestBeforeTheFirstEpisode:
    @pytest.fixture
    def campaign(self, campaign: dict[str, Any]) -> dict[str, Any]:
        campaign["episodes"] = []
        return campaign

    def test_an_origin_waits_for_its_links(self, stef: Member, ana: Any, poster: tuple[str, str]) -> None:
        id_, code = poster
        assert "invoke build" in stef.get(f"/staff/origins/{id_}").text
        assert stef.get(f"/staff/origins/{id_}/a4.pdf").status_code == 404
        assert stef.get(f"/staff/origins/{id_}/qr.svg").status_code == 404
        onward = ana.get(f"/p/{code}")
        assert ana.get(onward.location).location.partition("#")[0] == "/"


def test_the_command_tells_links_code_and_qr_code(kit: Services) -> None:
    lines = tell_origin(kit, "Affiche du tram", "poster")
    code = kit.store.query("select code, sort from origins")[0]
    assert code["sort"] == "poster"
    assert any(line.startswith(f"http://127.0.0.1:8000/p/{code['code']} ") for line in lines)
    assert "█" in lines[-1]
    assert len(lines) == len(links_of(kit, "Affiche du tram")) + 3


def test_print_web_and_event_stand_side_by_side(stef: Member, ana: Any, kit: Services, poster: tuple[str, str]) -> None:
    add_origin(kit, "Café-débat du 12", "debate")
    ana.see(ana.follow(kit.links.issue("link", poster[0]), placement="qr"))
    words = " ".join(re.sub(r"<[^>]+>", " ", stef.get("/staff/origins/").text).split())
    assert re.search(r"Papier 1 1 1 0", words)
    assert re.search(r"Événement 1 0 0 0", words)
    assert re.search(r"Affiche du tram Affiche [A-Z0-9]{5} 1 1", words)


def test_staff_put_an_origin_where_it_belongs(stef: Member, hire: Callable[[str], Member], kit: Services) -> None:
    id_ = add_origin(kit, "Ancien lien")
    path = f"/staff/origins/{id_}"
    assert stef.post(path, sort="magazine").status_code == 303
    assert "Page de magazine" in stef.get(path).text
    assert stef.post(path, sort="spam").status_code == 422
    assert stef.post(path, "/staff/origins/nobody", sort="poster").status_code == 404
    editor = hire("editor")
    assert editor.post("/staff/password", path, sort="poster").status_code == 403
    assert set(SORTS.values()) == {"print", "web", "event"}
