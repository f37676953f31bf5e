"""English verbs and the endings that spelling gives them: a label that is a function of the written base form."""

from __future__ import annotations

from given.verbs import VERBS

FORMS = ("present", "past")  # third person singular; past of regular verbs
ENDINGS = ("-s", "-es", "-ies", "-ed", "-d", "-ied", "double -ed")
# Irregular verbs have a present that spelling decides, and a past that it doesn't.
IRREGULAR = ("come", "see", "eat", "write")
DOMAIN = (*(name for name, verb in VERBS.items() if verb.regular), *IRREGULAR)
OTHERS = (  # noqa: SIM905 - a list of 200 lines reads worse
    "ask help call turn open close move live love use hope change place dance smile bake save share phone invite agree "
    "arrive decide notice practice promise raise serve smoke taste waste wave joke hike race chase paste shape trade "
    "wash push brush cross miss pass kiss dress guess press fix mix relax box wax reach teach touch march search catch "
    "fetch stretch crash rush polish publish punish wish splash buzz stay enjoy destroy pray spray obey annoy employ "
    "delay carry hurry marry worry copy cry dry try fry reply apply empty tidy bury vary deny multiply satisfy identify "
    "stop plan drop clap chat rob grab beg hug jog plug hop shop ship trip slip skip step nod rub scrub trim swim "
    "clean rain need seem join boil wait paint point count shout cook jump kick park pick rest land add end act earn "
    "answer visit offer enter gather order remember discover deliver consider open happen belong collect correct direct "
    "explain obtain repeat reveal steal heat treat cheat bark milk sink thank blink drink think jerk lurk mark"
).split()
# Not regular in the past, though spelling decides their present.
ONLY_PRESENT = {*IRREGULAR, "teach", "catch", "swim", "steal", "sink", "drink", "think"}
VOWELS = "aeiou"


def short(verb: str) -> bool:
    """One syllable that ends in one vowel and one consonant: stop, plan; not rain, not fix, not play."""
    groups = sum(c in VOWELS and (i == 0 or verb[i - 1] not in VOWELS) for i, c in enumerate(verb))
    return (
        groups == 1
        and len(verb) > 2
        and verb[-1] not in VOWELS + "wxy"
        and verb[-2] in VOWELS
        and verb[-3] not in VOWELS
    )


def ending(verb: str, form: int) -> int:
    """The number of the ending that the rules of spelling ask for, in ENDINGS."""
    y = verb.endswith("y") and verb[-2] not in VOWELS
    if form == 0:
        hiss = verb.endswith(("s", "x", "z", "ch", "sh"))
        return 2 if y else 1 if hiss or verb.endswith("o") else 0
    if y:
        return 5
    if verb.endswith("e"):
        return 4
    return 6 if short(verb) else 3


def cells(verb: str) -> list[tuple[str, int, int]]:
    """(verb, form, ending) for the forms that spelling decides."""
    forms = (0,) if verb in ONLY_PRESENT else (0, 1)
    return [(verb, form, ending(verb, form)) for form in forms]
