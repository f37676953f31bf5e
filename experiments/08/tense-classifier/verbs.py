"""The Spanish forms of the 20 verbs: infinitive, present and past for yo, tú, él, participle, future for yo, tú, él."""

from __future__ import annotations

TENSES = ("infinitive", "present_simple", "past_simple", "past_participle", "simple_future")
HELD_OUT = ("look", "like", "see", "eat")
# English lemma: Spanish infinitive, three present, three past, participle, stem of the future.
FORMS = {
    "work": "trabajar trabajo trabajas trabaja trabajé trabajaste trabajó trabajado trabajar",
    "play": "jugar juego juegas juega jugué jugaste jugó jugado jugar",
    "walk": "caminar camino caminas camina caminé caminaste caminó caminado caminar",
    "talk": "hablar hablo hablas habla hablé hablaste habló hablado hablar",
    "listen": "escuchar escucho escuchas escucha escuché escuchaste escuchó escuchado escuchar",
    "watch": "mirar miro miras mira miré miraste miró mirado mirar",
    "study": "estudiar estudio estudias estudia estudié estudiaste estudió estudiado estudiar",
    "finish": "terminar termino terminas termina terminé terminaste terminó terminado terminar",
    "start": "empezar empiezo empiezas empieza empecé empezaste empezó empezado empezar",
    "look": "mirar miro miras mira miré miraste miró mirado mirar",
    "want": "querer quiero quieres quiere quise quisiste quiso querido querr",
    "like": "gustar gusta gusta gusta gustó gustó gustó gustado gustar",
    "be": "ser soy eres es fui fuiste fue sido ser",
    "have": "tener tengo tienes tiene tuve tuviste tuvo tenido tendr",
    "do": "hacer hago haces hace hice hiciste hizo hecho har",
    "go": "ir voy vas va fui fuiste fue ido ir",
    "come": "venir vengo vienes viene vine viniste vino venido vendr",
    "see": "ver veo ves ve vi viste vio visto ver",
    "eat": "comer como comes come comí comiste comió comido comer",
    "write": "escribir escribo escribes escribe escribí escribiste escribió escrito escribir",
}


def cells(verb: str) -> list[tuple[str, int]]:
    """(form, tense) for every different form of a verb, in the order of the tenses."""
    words = FORMS[verb].split()
    stem = words[8]
    # gustar turns its sentence around: it is always in the third person.
    endings = ("á",) if verb == "like" else ("é", "ás", "á")
    by_tense = [words[:1], words[1:4], words[4:7], words[7:8], [stem + e for e in endings]]
    return list(dict.fromkeys((form, t) for t, forms in enumerate(by_tense) for form in forms))
