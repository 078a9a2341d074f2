"""Films on YouTube, Vimeo, PeerTube and Dailymotion, in the spellings that people paste."""

import pytest

from plugins.elsewhere import recognise

UUID = "9c9de5e8-0a1e-484a-b099-e80766180a6d"


@pytest.mark.parametrize(
    ("pasted", "provider", "address", "embed"),
    [
        *[
            (
                pasted,
                "YouTube",
                "https://www.youtube.com/watch?v=dQw4w9WgXcQ",
                "https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ",
            )
            for pasted in (
                "https://www.youtube.com/watch?v=dQw4w9WgXcQ&list=PL1&index=2",
                "http://youtube.com/watch?app=desktop&v=dQw4w9WgXcQ",
                "https://m.youtube.com/watch?v=dQw4w9WgXcQ#t=3",
                "https://youtu.be/dQw4w9WgXcQ?si=abc",
                "https://www.youtube.com/shorts/dQw4w9WgXcQ",
                "https://www.youtube.com/live/dQw4w9WgXcQ/",
                "https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ?rel=0",
            )
        ],
        (
            "https://vimeo.com/76979871",
            "Vimeo",
            "https://vimeo.com/76979871",
            "https://player.vimeo.com/video/76979871?dnt=1",
        ),
        (
            "https://vimeo.com/76979871/8272103f6e",
            "Vimeo",
            "https://vimeo.com/76979871/8272103f6e",
            "https://player.vimeo.com/video/76979871?dnt=1&h=8272103f6e",
        ),
        (
            "https://player.vimeo.com/video/76979871?h=8272103f6e",
            "Vimeo",
            "https://vimeo.com/76979871/8272103f6e",
            "https://player.vimeo.com/video/76979871?dnt=1&h=8272103f6e",
        ),
        *[
            (
                pasted,
                "Dailymotion",
                "https://www.dailymotion.com/video/x8jbtz9",
                "https://geo.dailymotion.com/player.html?video=x8jbtz9",
            )
            for pasted in (
                "https://www.dailymotion.com/video/x8jbtz9",
                "https://dai.ly/x8jbtz9",
                "https://www.dailymotion.com/embed/video/x8jbtz9?autoplay=1",
                "https://www.dailymotion.com/video/x8jbtz9_un-titre_fun",
                "https://geo.dailymotion.com/player.html?video=x8jbtz9",
            )
        ],
        (
            f"https://peertube.example/videos/watch/{UUID}",
            "PeerTube",
            f"https://peertube.example/w/{UUID}",
            f"https://peertube.example/videos/embed/{UUID}?p2p=0",
        ),
        (
            "https://framatube.org/w/kkGMgK9ZtnKfYAgnEtQxbv",
            "PeerTube",
            "https://framatube.org/w/kkGMgK9ZtnKfYAgnEtQxbv",
            "https://framatube.org/videos/embed/kkGMgK9ZtnKfYAgnEtQxbv?p2p=0",
        ),
    ],
)
def test_a_film_elsewhere_is_recognised(pasted: str, provider: str, address: str, embed: str) -> None:
    remote = recognise(pasted)
    assert remote
    assert (remote.provider, remote.address, remote.embed) == (provider, address, embed)


@pytest.mark.parametrize(
    "pasted",
    [
        "https://www.youtube.com/@channel",
        "https://www.youtube.com/watch?v=short",
        "https://youtube.com.evil.example/watch?v=dQw4w9WgXcQ",
        "https://vimeo.com/ondemand/film",
        "https://example.org/film.mp4",
        "https://example.org/w/not-an-id",
        "javascript:alert(1)//youtu.be/dQw4w9WgXcQ",
        "https://a@youtu.be/dQw4w9WgXcQ",
        "https://[",
        "https://host:99999/w/kkGMgK9ZtnKfYAgnEtQxbv",
        "",
    ],
)
def test_other_addresses_are_not_films(pasted: str) -> None:
    assert recognise(pasted) is None
