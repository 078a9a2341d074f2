"""The cast: Gauthier, Madame Bernard, cats, and whoever else a script names.

Everybody is drawn from the waist up around an origin at the foot of the neck, facing us.
"""

import math
from random import Random

from plugins.animatic.faces import BROWS, LIPS, SKIN, Look, draw_brows, draw_eyes, draw_mouth
from plugins.animatic.pen import BLUE, INK, RED, WHITE, YELLOW, Pen
from plugins.animatic.stamp import draw_mark

SHADE, HAND = "#DDA37B", "#F3BE1F"

_HANDS = {  # left elbow, left hand, right elbow, right hand
    "": ((-92, 92), (-58, 128), (88, 92), (52, 128)),
    "talk": ((-90, 84), (-76, 46), (88, 92), (52, 128)),
    "talk2": ((-92, 90), (-58, 124), (94, 82), (86, 42)),
    "happy": ((-98, 58), (-112, 6), (98, 58), (112, 6)),
    "sad": ((-82, 92), (-66, 150), (82, 92), (66, 150)),
    "angry": ((-104, 82), (-58, 74), (104, 82), (58, 74)),
    "surprised": ((-92, 78), (-62, -8), (92, 78), (62, -8)),
    "proud": ((-100, 78), (-22, 66), (104, 88), (72, 122)),
    "awkward": ((-92, 92), (-56, 132), (108, 38), (66, -46)),
}


def draw_gauthier(pen: Pen, look: Look) -> None:
    """Thirty-something, yellow hoodie, blue scarf, hair that gave up; his hands talk more than he does."""
    bob = -3 * look.mouth - 1.5 * look.breath
    lean = {"proud": -4, "sad": 5, "awkward": 6, "angry": 3}.get(look.feeling, 0)
    pen.blob(
        [(-34, 18), (-70, 34), (-86, 90), (-92, 190), (92, 190), (86, 90), (70, 34), (34, 18), (0, 26)], YELLOW, 3.5
    )
    pen.stroke([(-30, 22), (-44, 52), (-20, 66)], 3)
    pen.stroke([(30, 22), (44, 52), (20, 66)], 3)
    pen.stroke([(-18, 64), (-20, 96)], 3, WHITE)
    pen.stroke([(18, 64), (19, 90)], 3, WHITE)
    pen.blob([(-44, 112), (44, 112), (58, 152), (-58, 152)], HAND, 3)

    pen.blob([(-24, -14), (24, -14), (26, 26), (-26, 26)], SHADE, 3)
    head = pen.moved(0, -48 + bob, lean + 2 * math.sin(look.beat) * look.talking)
    _gauthier_head(head, look)
    pen.blob([(-40, -2), (0, 10), (40, -2), (46, 18), (0, 34), (-46, 18)], BLUE)
    pen.blob([(14, 20), (40, 18), (46, 84), (20, 86)], BLUE)
    for y in (44, 62):
        pen.stroke([(21, y), (43, y - 2)], 5, WHITE)

    pose = look.feeling or ("talk" if look.talking and math.sin(look.beat / 2) > 0 else "talk2" if look.talking else "")
    left_elbow, left, right_elbow, right = _HANDS.get(pose, _HANDS[""])
    wave = (4 + 4 * (look.feeling in {"happy", "angry", "surprised"})) * math.sin(look.beat) * look.talking
    _arm(pen, (-66, 48), left_elbow, (left[0], left[1] + wave), -1)
    _arm(pen, (66, 48), right_elbow, (right[0], right[1] - wave), 1)


def _arm(
    pen: Pen, shoulder: tuple[float, float], elbow: tuple[float, float], hand: tuple[float, float], side: int
) -> None:
    pen.limb([shoulder, elbow, hand], 27, YELLOW)
    x, y = hand
    reach = math.degrees(math.atan2(y - elbow[1], x - elbow[0])) + 90
    palm = pen.moved(x, y, reach)
    for finger in (-13, -4, 5, 13):
        palm.limb([(finger * 0.8, -6), (finger * 1.25, -27 + abs(finger) * 0.35)], 6.5, SKIN)
    palm.limb([(-side * 12, 0), (-side * 23, -11)], 7, SKIN)
    palm.oval(0, -4, 17, 15, SKIN, 0)
    palm.stroke([(-15, 6), (-17, -2), (-15, -10)], 3)
    palm.stroke([(15, 6), (17, -2), (15, -10)], 3)
    palm.limb([(-13, 10), (13, 10)], 6, HAND)


def _gauthier_head(head: Pen, look: Look) -> None:
    hair, beard = ("#D9D6D0", "#E9E6E0") if look.old else ("#5B3420", "#B98A68")
    head.oval(-47, 4, 10, 13, SKIN)
    head.oval(47, 4, 10, 13, SKIN)
    head.blob(
        [(-46, -20), (-30, -50), (0, -58), (30, -50), (46, -20), (43, 22), (24, 50), (0, 57), (-24, 50), (-43, 22)],
        SKIN,
        3.5,
    )
    low = 22 if look.old else 0
    head.blob(
        [
            (-43, 14),
            (-30, 28),
            (-16, 19),
            (0, 22),
            (16, 19),
            (30, 28),
            (43, 14),
            (40, 30),
            (24, 49 + low),
            (0, 56 + low),
            (-24, 49 + low),
            (-40, 30),
        ],
        beard,
        3 if look.old else 0,
    )
    if not look.old:
        head.stroke([(-45, 0), (-43, 22), (-24, 50), (0, 57), (24, 50), (43, 22), (45, 0)], 3.5)
        for x, y in ((-30, 34), (-22, 43), (-10, 49), (4, 50), (16, 46), (27, 37), (-35, 25), (34, 26), (-4, 53)):
            head.oval(x, y, 1.3, 1.3, "#6E4A33", 0)
    draw_eyes(head, look, 18, -8, 12.5, 15)
    draw_brows(head, look, 18, -31, hair if look.old else "#3E2214")
    head.blob([(-5, 2), (-10, 14), (0, 18), (10, 14), (5, 2)], SKIN, 0)
    head.stroke([(-3, -1), (-10, 13), (0, 17), (8, 14)], 3)
    draw_mouth(head, look, 33, 17)
    _hair(head, look, hair)
    if look.stamped:
        head.paste(draw_mark(look.stamped, 104, 9), 0, -37)


def _hair(head: Pen, look: Look, hair: str) -> None:
    if look.cap:
        head.blob([(-50, -18), (-44, -50), (0, -72), (44, -50), (50, -18), (0, -28)], RED, 3.5)
        head.stroke([(-46, -36), (0, -48), (46, -36)], 6, WHITE)
        head.stroke([(-49, -18), (-52, 6)], 5, RED)
    else:
        tufts = [(-50, -6), (-54, -34), (-44, -38), (-50, -60), (-28, -58), (-24, -80), (-4, -66), (10, -84), (20, -64)]
        tufts += [
            (42, -72),
            (40, -52),
            (58, -48),
            (49, -28),
            (50, -6),
            (42, -24),
            (26, -38),
            (10, -30),
            (-4, -41),
            (-18, -30),
            (-30, -38),
            (-42, -22),
        ]
        head.shape(tufts, hair, 3.5)


def draw_bernard(pen: Pen, look: Look) -> None:
    """Thirty-one years at counter 3. Nothing moves but her eyebrows, and those want a form."""
    wool, hair = "#A9476B", "#8E8AA3"
    pen.blob([(-30, 20), (-64, 32), (-80, 80), (-84, 190), (84, 190), (80, 80), (64, 32), (30, 20), (0, 26)], wool, 3.5)
    pen.shape([(-24, 18), (0, 74), (24, 18)], WHITE)
    pen.stroke([(0, 74), (0, 170)], 3)
    for y in (92, 120):
        pen.oval(9, y, 4.5, 4.5, YELLOW, 2.5)
    pen.limb([(-62, 56), (-78, 110), (-24, 134)], 24, wool)
    pen.limb([(62, 56), (78, 110), (24, 134)], 24, wool)
    pen.oval(-14, 134, 16, 12, SKIN)
    pen.oval(14, 134, 16, 12, SKIN)
    pen.blob([(-19, -12), (19, -12), (20, 22), (0, 36), (-20, 22)], SHADE, 3)
    pen.shape([(-27, 14), (-3, 32), (-23, 50)], WHITE)
    pen.shape([(27, 14), (3, 32), (23, 50)], WHITE)
    pen.oval(0, 33, 8, 9.5, "#2E9C86")

    head = pen.moved(0, -46 - 1.5 * look.mouth - look.breath)
    head.blob([(-22, -58), (-26, -82), (0, -96), (26, -82), (22, -58)], hair, 3.5)
    head.stroke([(-16, -78), (2, -86), (15, -76)], 2.5)
    head.limb([(-27, -70), (30, -88)], 3, RED)
    head.blob([(-48, -10), (-46, -44), (0, -66), (46, -44), (48, -10), (40, 18), (-40, 18)], hair, 3.5)
    head.oval(-43, 4, 8, 11, SKIN)
    head.oval(43, 4, 8, 11, SKIN)
    head.oval(-43, 17, 5, 5, YELLOW, 2.5)
    head.oval(43, 17, 5, 5, YELLOW, 2.5)
    head.blob(
        [(-42, -14), (-30, -36), (0, -42), (30, -36), (42, -14), (39, 20), (22, 46), (0, 52), (-22, 46), (-39, 20)],
        SKIN,
        3.5,
    )
    head.blob([(-44, -10), (-38, -36), (0, -48), (38, -36), (44, -10), (24, -33), (0, -38), (-24, -33)], hair, 3)
    draw_eyes(head, look, 18, -4, 10, 9, lid=0.52)
    for side in (-1, 1):
        head.stroke([(-side * 44, 4), (-side * 52, 40), (-side * 36, 70)], 2, "#B8860B")
        head.blob([(side * 3, -10), (side * 38, -19), (side * 35, 8), (side * 20, 14), (side * 6, 8)], None, 4.5, BLUE)
    head.stroke([(-3, -7), (3, -7)], 4.5, BLUE)
    _bernard_brows(head, look)
    head.stroke([(-2, 4), (-6, 18), (4, 19)], 3)
    head.oval(27, 25, 2.2, 2.2, "#6E4A33", 0)
    if look.mouth > 0.12:
        head.oval(0, 33, 10, 2.5 + 6 * look.mouth, LIPS)
    else:
        head.stroke([(-12, 34), (0, 33), (12, 34)], 4.5, LIPS)


def _bernard_brows(head: Pen, look: Look) -> None:
    inner, outer, height = BROWS.get(look.feeling, (0, 0, 0))
    for side in (-1, 1):
        raised = look.brow if side > 0 else 0
        up = -24 + height * 0.5 - 19 * raised
        curve = [(side * 8, up + inner * 0.5), (side * 22, up - 3 - 4 * raised), (side * 34, up + outer * 0.5 + 2)]
        if raised:
            head.stroke(curve, 10.5, SKIN)
        head.stroke(curve, 6.5 + raised, INK)


def draw_cat(pen: Pen, look: Look) -> None:
    """A cat with a tie and a file. He pays his taxes early."""
    fur, light = "#E98B3A", "#FFE3BD"
    swing = 6 * math.sin(look.beat / 3)
    pen.limb([(38, 96), (72, 84), (70 + swing, 40)], 12, fur)
    pen.blob([(-26, 20), (-46, 70), (-44, 106), (44, 106), (46, 70), (26, 20)], fur, 3.5)
    pen.blob([(-16, 40), (16, 40), (22, 100), (-22, 100)], light, 0)
    pen.shape([(-6, 28), (6, 28), (10, 70), (0, 84), (-10, 70)], RED)
    pen.shape([(-9, 20), (9, 20), (5, 31), (-5, 31)], RED)
    pen.box(26, 62, 40, 46, BLUE)
    pen.box(34, 70, 24, 12, WHITE, 2)
    pen.oval(-16, 102, 14, 9, light)
    pen.oval(30, 100, 13, 9, light)
    head = pen.moved(0, -14 - 2 * look.mouth - look.breath, -3 if look.feeling == "proud" else 0)
    for side in (-1, 1):
        head.shape([(side * 18, -32), (side * 46, -58), (side * 46, -10)], fur, 3.5)
        head.shape([(side * 27, -32), (side * 40, -46), (side * 40, -20)], "#F7B7A3", 0)
    head.blob(
        [(-44, -22), (-20, -38), (0, -40), (20, -38), (44, -22), (54, 8), (34, 34), (0, 40), (-34, 34), (-54, 8)],
        fur,
        3.5,
    )
    for x in (-12, 0, 12):
        head.stroke([(x, -38), (x * 0.8, -22)], 4, "#B85F1B")
    head.blob([(-24, 10), (0, 4), (24, 10), (22, 30), (0, 36), (-22, 30)], light, 0)
    draw_eyes(head, look, 21, -6, 12, 12, lid=0.45)
    head.shape([(-6, 8), (6, 8), (0, 15)], "#C2475B", 2)
    if look.mouth > 0.12:
        head.oval(0, 24, 8, 2 + 7 * look.mouth, LIPS)
    else:
        head.stroke([(-13, 19), (-6, 23), (0, 16), (6, 23), (13, 19)], 3)
    for side in (-1, 1):
        for rise in (-4, 5):
            head.stroke([(side * 28, 14 + rise / 2), (side * 64, 10 + rise * 2)], 2)


def draw_guest(pen: Pen, look: Look, name: str) -> None:
    """Anybody else: hair, skin and clothes come from the name, so that they are the same in every film."""
    chance = Random(name)  # noqa: S311 (a wardrobe, not a secret)
    cloth = chance.choice(["#2E9C86", "#E5704B", "#5B7FD1", "#C9519B"])
    skin = chance.choice(["#F4C39A", "#C98B5E", "#8D5A3A", "#FFD9BE"])
    hair = chance.choice(["#2B1B12", "#C65D21", "#E3B23C", "#4A4A55"])
    words = set(name.upper().split())
    small = bool(words & {"ENFANT", "CHILD", "PETIT", "PETITE", "KID"})
    long = bool(words & {"LA", "UNE", "MADAME", "MME", "MRS", "TATA", "MAMAN", "MAMIE", "MUM"}) or name.endswith("A")
    pen = pen.moved(0, 24 if small else -14, 0, 0.82 if small else 1)
    pen.blob([(-24, 20), (-52, 36), (-60, 130), (60, 130), (52, 36), (24, 20)], cloth, 3.5)
    for y in (56, 82, 108) if small else ():
        pen.stroke([(-52, y), (0, y + 5), (52, y)], 7, WHITE)
    if not small:
        pen.stroke([(0, 40), (0, 130)], 3)
        pen.shape([(-20, 18), (0, 44), (20, 18)], WHITE)
    if long:
        pen.blob([(-44, -60), (-58, 0), (-48, 40), (0, 30), (48, 40), (58, 0), (44, -60), (0, -90)], hair, 3.5)
    pen.blob([(-14, -8), (14, -8), (15, 24), (-15, 24)], skin, 3)
    head = pen.moved(0, -40 - 3 * look.mouth - look.breath, 3 * math.sin(look.beat) * look.talking)
    head.oval(-43, 6, 8, 10, skin)
    head.oval(43, 6, 8, 10, skin)
    head.blob([(-42, -14), (-28, -42), (0, -48), (28, -42), (42, -14), (40, 24), (0, 48), (-40, 24)], skin, 3.5)
    head.blob(
        [(-46, -2), (-46, -38), (-10, -62), (14, -56), (20, -66), (46, -36), (46, -2), (34, -22), (0, -28), (-34, -22)],
        hair,
        3.5,
    )
    draw_eyes(head, look, 17, -2, 11, 13)
    draw_brows(head, look, 17, -21, INK)
    head.stroke([(-4, 12), (0, 15), (5, 12)], 3)
    draw_mouth(head, look, 28, 14)
    if small:
        for x, y in ((-30, 14), (-24, 19), (30, 14), (24, 19)):
            head.oval(x, y, 1.8, 1.8, "#B5651D", 0)
