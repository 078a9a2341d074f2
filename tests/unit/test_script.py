"""Scripts: what staff may write, what they are told when it cannot be read, and the captions made from it."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from plugins.mistakes import Mistake, Mistakes
from plugins.script import Line, captions, read_script

FILE = Path("content/episodes/x.md")


def read(*lines: str) -> tuple[list[Line], list[Mistake]]:
    return read_script(list(lines), 10, FILE)


def only_mistake(*lines: str) -> Mistake:
    (mistake,) = read(*lines)[1]
    return mistake


def test_a_script_is_read_line_by_line() -> None:
    script, mistakes = read(
        "[00:00] GAUTHIER: J'ai pas de monnaie.",
        "",
        "[00:03.5] MADAME BERNARD (fier) : On prend : la carte.",
        "[00:05] (Le tampon tombe.)",
        "[01:07] FIN",
    )
    assert mistakes == []
    assert script == [
        Line(0.0, "speech", "GAUTHIER", "", "J'ai pas de monnaie.", 10),
        Line(3.5, "speech", "MADAME BERNARD", "fier", "On prend : la carte.", 12),
        Line(5.0, "action", "", "", "Le tampon tombe.", 13),
        Line(67.0, "end", "", "", "FIN", 14),
    ]
    assert [line.time for line in script] == ["0:00", "0:03", "0:05", "1:07"]
    assert script[1].feeling == "proud"


def test_a_mistake_tells_file_line_and_mend() -> None:
    mistake = Mistake(Path("content/episodes/x.md").resolve(), 12, "it is wrong", "put it right")
    assert str(mistake) == "content/episodes/x.md:12: it is wrong. Mend: put it right."
    assert str(Mistakes([mistake, mistake])) == f"{mistake}\n{mistake}"


def test_a_line_that_cannot_be_read_is_named() -> None:
    mistake = only_mistake("[00:00] A: b", "GAUTHIER: Bonjour", "[00:02] FIN")
    assert mistake.line == 11
    assert "GAUTHIER: Bonjour" in mistake.what
    assert "no second 75" in only_mistake("[00:00] A: b", "[00:75] A: c", "[01:20] FIN").what
    assert "who speaks" in only_mistake("[00:00] : b", "[00:02] FIN").what


def test_a_line_out_of_order_is_named() -> None:
    mistake = only_mistake("[00:05] A: b", "[00:04] A: c", "[00:09] FIN")
    assert (mistake.line, "out of order" in mistake.what) == (11, True)
    assert "at once" in only_mistake("[00:05] A: b", "[00:05] B: c", "[00:09] FIN").what


def test_an_unknown_mood_is_told_the_six_that_exist() -> None:
    mistake = only_mistake("[00:00] GAUTHIER (affamé): Bonjour.", "[00:02] FIN")
    assert "affamé" in mistake.what
    assert "gêné" in mistake.mend
    assert "awkward" in mistake.mend


def test_an_open_parenthesis_is_named() -> None:
    assert "not closed" in only_mistake("[00:00] (Le tampon tombe.", "[00:02] FIN").what
    assert "not closed" in only_mistake("[00:00] GAUTHIER (triste: Oh.", "[00:02] FIN").what


def test_silence_is_not_a_line() -> None:
    assert "says nothing" in only_mistake("[00:00] GAUTHIER:", "[00:02] FIN").what
    assert "nothing happens" in only_mistake("[00:00] ( )", "[00:02] FIN").what


def test_nothing_comes_after_the_end() -> None:
    assert "after the end" in only_mistake("[00:00] A: b", "[00:02] FIN", "[00:03] A: c").what
    assert "ends twice" in only_mistake("[00:00] A: b", "[00:02] FIN", "[00:03] END").what
    assert "film ends at 0:02" in only_mistake("[00:02] A: b", "[00:02] FIN").what


def test_a_script_must_end() -> None:
    mistake = only_mistake("[00:00] A: b", "[00:02] A: c", "")
    assert (mistake.line, mistake.what) == (11, "the script has no end")
    assert "empty" in only_mistake().what


def test_several_mistakes_are_told_at_once() -> None:
    assert [mistake.line for mistake in read("?", "[00:00] A (x): b", "[00:01] A:")[1]] == [10, 11, 12, 11]


@given(st.lists(st.one_of(st.text(), st.text("[]():0123456789. FINA\n<>&-", max_size=30))), st.floats(0, 90))
def test_hostile_scripts_give_mistakes_and_never_an_error(lines: list[str], duration: float) -> None:
    script, mistakes = read_script(lines, 1, FILE)
    assert script or mistakes
    vtt = captions(script, duration, "fr")
    assert vtt.count("-->") <= len(lines)


def test_spoken_lines_become_captions() -> None:
    script, _ = read("[00:00] GAUTHIER: Bonjour.", "[00:03.5] (Un temps.)", "[00:05] LE CHAT: Miaou.", "[00:20] FIN")
    assert captions(script, 20.0, "fr") == (
        "WEBVTT\nKind: captions\nLanguage: fr\n\n"
        "00:00:00.000 --> 00:00:03.500\n<v GAUTHIER>Bonjour.\n\n"
        "00:00:05.000 --> 00:00:12.000\n<v LE CHAT>Miaou.\n"
    )


def test_captions_stay_inside_the_film() -> None:
    script, _ = read("[00:00] A: b", "[00:03] A: c", "[00:09] FIN")
    assert "00:00:03.000 --> 00:00:04.250" in captions(script, 4.25, "fr")
    assert captions(script, 2.0, "fr").count("-->") == 1


def test_words_cannot_break_out_of_their_caption() -> None:
    script, _ = read("[00:00] <B> & C: 1 --> 2 <script>&amp;", "[00:03] FIN")
    assert "<v &lt;B&gt; &amp; C>1 --&gt; 2 &lt;script&gt;&amp;amp;" in captions(script, 3, "fr")


def test_a_long_caption_breaks_in_two_without_orphan_signs() -> None:
    script, _ = read("[00:00] A: Vous avez trois téléphones, un vélo électrique et une piscine ?", "[00:03] FIN")
    lines = captions(script, 3, "fr").splitlines()[-2:]
    assert lines == ["<v A>Vous avez trois téléphones,", "un vélo électrique et une piscine\u00a0?"]
