"""microrag: with retrieved paragraphs a small network knows what it never learned, if training made it read.

Two halves. BM25 finds the paragraph: an inverted index and one formula, no training. A small network
answers from it: it points at a word of the paragraph, or spells a word from memory letter by
letter, whichever it trusts more. A fifth of the paragraphs was never seen in training, so what it says
about them is read or it is made up.

Robertson et al. (1994) and Robertson and Zaragoza (2009) for BM25; Lewis et al. (2020),
Retrieval-Augmented Generation; Bahdanau, Cho and Bengio (2015) for the scores; Merity et al. (2016), Pointer
Sentinel Mixture Models, for memory as one more place to point at; Longpre et al. (2021), Entity-Based
Knowledge Conflicts, for training on edited paragraphs. Idea of a single-file program after Andrej
Karpathy's micrograd, makemore and microgpt; written from scratch.

Surprise: who knows the answers doesn't learn to look them up. With an empty memory 2,000 questions on true
paragraphs teach it to read: 97 % of the held-out facts. The same questions with the memory full teach it
nothing, 0 %, with the right paragraph before it; exchange the answers in the paragraphs, and it is 97 %
again. And BM25's saturation did harm here: without it the right paragraph is always first, with it in
95 % of cases. In half of the others four mentions of a name should have outweighed three common words.

Built properly in phase 29 (retrieval-augmented generation).
"""

import collections
import math
import os
import random

SMOKE = os.environ.get("NO_MAGIC_SMOKE") == "1"
LEARN = 100 if SMOKE else 12000  # questions without a paragraph, for the memory
READ = 60 if SMOKE else 2000  # questions with paragraphs, for the reading
EVERY = 24 if SMOKE else 3  # one in so many of the questions about known facts is asked in the end
KNOWN = 19 * 4  # paragraphs that training may see; the other 24 are held out, by whole countries
POINT, SPELL = 16, 64  # hidden units of the two networks
LETTERS = "abcdefghijklmnopqrstuvwxyz."  # the full stop ends a word
# The neighbors that are seen around a word. Three before it aren't enough: "the capital of X is" and "the
# highest mountain of X is" would end in the same three words.
NEAR = (-4, -3, -2, -1, 1, 2)


# -- Data ------------------------------------------------------------------------------------
# A world of 25 countries with three towns each, and a paragraph for each of the 100. Names are invented, so
# that nothing can be guessed. A fact is stated in one of two ways and asked in two, and the words of the
# question need not be those of the paragraph: that is what makes retrieval hard outside of this file too.
# X stands for what the paragraph is about, V for the answer. Six countries are held out with their towns:
# none of their names occurs in any paragraph or question of the training.

TOWN = {
    "river": ("the river V runs through X", "X lies on the banks of the V"),
    "mayor": ("the mayor of X is V", "V has governed X for ten years"),
    "dish": ("cooks in X serve a soup called V", "the dish V comes from X"),
}
COUNTRY = {
    "capital": ("the capital of X is V", "the parliament of X meets in V"),
    "money": ("people in X pay with the V", "the coin of X is called V"),
    "peak": ("the highest mountain of X is V", "the peak V rises above X"),
}
QUESTIONS = {
    "river": ("which river flows through X", "on the banks of which river does X lie"),
    "mayor": ("who is the mayor of X", "who governs X"),
    "dish": ("what dish is X known for", "what do cooks in X serve"),
    "capital": ("what is the capital of X", "where does the parliament of X meet"),
    "money": ("what do people in X pay with", "which coin is used in X"),
    "peak": ("what is the highest mountain of X", "which peak rises above X"),
}


def new_name(used):
    """A name of two or three syllables that nobody has yet."""
    while True:
        syllables = [random.choice("bcdfghjklmnprstvz") + random.choice("aeiou") for _ in range(3)]
        end = random.choice(("", "n", "r", "s", "l"))
        name = "".join(syllables[random.choice((0, 1, 1)) :]) + end
        if name not in used:
            used.add(name)
            return name


def make_world(used):
    """100 paragraphs, each a list of sentences, and 600 questions: (words, answer, paragraph).

    Paragraphs 4 c to 4 c + 3 belong to country c: its three towns, then the country itself.
    """
    paragraphs, questions = [], []

    def write(subject, kinds, sentences, capital=None):
        for kind, ways in kinds.items():
            value = capital if kind == "capital" else new_name(used)
            fill = {"X": subject, "V": value}
            sentences.append(" ".join(fill.get(w, w) for w in random.choice(ways).split()))
            for asked in QUESTIONS[kind]:
                words = [fill.get(w, w) for w in asked.split()]
                questions.append((words, value, len(paragraphs)))
        # Shuffled, so that no answer can be learned by its place.
        random.shuffle(sentences)
        paragraphs.append([sentence.split() for sentence in sentences])

    for _ in range(25):
        country, *towns = [new_name(used) for _ in range(4)]
        for i, town in enumerate(towns):
            # Names of neighbors and countries stand in the paragraphs of others: finding a name isn't enough.
            road = f"a road leads from {town} to {towns[i - 1]}"
            write(town, TOWN, [f"{town} is a town in {country}", road])
        write(country, COUNTRY, [f"the towns of {country} are {' and '.join(towns)}"], towns[0])
    return paragraphs, questions


# -- Retrieval -------------------------------------------------------------------------------
# An index is the book's own: for each word the paragraphs that have it, and how often. A question opens
# only the lists of its own words; nothing else is touched, whether there are a hundred paragraphs or a
# billion. Search engines have worked like this since the sixties, and it is still the first stage of many
# systems. A second stage compares vectors, as in microembedding, to find the same in other words.


def build_index(texts):
    index = collections.defaultdict(list)
    for i, text in enumerate(texts):
        for word, n in collections.Counter(text).items():
            index[word].append((i, n))
    return index, [len(text) for text in texts]


def bm25(question, index, lengths, k1=1.5, b=0.75, rare=True):
    """The best three paragraphs, and the scores of all: the sum over the words w of the question of

    IDF(w) n (k1 + 1) / (n + k1 (1 - b + b L / mean L)).

    n counts w in the paragraph. The first time counts most, and all repetitions together are worth k1 + 1
    first times at most: that is the saturation, a defense against texts that say a word a hundred times.
    Long paragraphs have more of everything, and b takes some of that back: L is the length.
    IDF = ln(1 + (N - d + 0.5) / (d + 0.5)) for a word in d of N paragraphs: "the" is worth nearly nothing.
    """
    scores, mean = [0.0] * len(lengths), sum(lengths) / len(lengths)
    for word in question:
        found = index.get(word, ())
        idf = math.log(1 + (len(lengths) - len(found) + 0.5) / (len(found) + 0.5)) if rare else 1.0
        for i, n in found:
            scores[i] += idf * n * (k1 + 1) / (n + k1 * (1 - b + b * lengths[i] / mean))
    return sorted(range(len(scores)), key=lambda i: -scores[i])[:3], scores


def index_gap(question, texts, scores):
    """The same formula paragraph by paragraph, without an index: the largest gap to the index's scores."""
    holders = {word: sum(word in text for text in texts) for word in question}
    idf = {w: math.log(1 + (len(texts) - d + 0.5) / (d + 0.5)) for w, d in holders.items()}
    mean, gap = sum(map(len, texts)) / len(texts), 0.0
    for text, score in zip(texts, scores):
        soft = 1.5 * (0.25 + 0.75 * len(text) / mean)
        parts = [idf[w] * text.count(w) * 2.5 / (text.count(w) + soft) for w in question]
        gap = max(gap, abs(score - sum(parts)))
    return gap


# -- Model -----------------------------------------------------------------------------------
# All parameters are rows of one dictionary, and a gradient is a dictionary of the same keys.
# Two networks share a question. The one points: each name in the paragraphs is a slot, with a score from a
# hidden layer on embed(question) + embed(slot), and a softmax over all slots. The other spells: a hidden
# layer on embed(question) + embed(letter before) + embed(place) gives the next letter. It is the
# memory, the place for everything that was learned by heart.
#
# How do they share? The memory is one more slot, with a row of its own instead of neighbors. If p_own is
# what the pointing gives it and G(answer) the probability that it spells the answer,
#
#     P(answer) = p_own G(answer) + sum of p_w over the slots w that hold the answer.
#
# Without paragraphs only one slot is left, p_own = 1, and P = G: the same model with its books closed. So
# the losses with and without retrieval are of one kind and may be compared.


def common_words(texts, known):
    """Words that are used about three countries or more: everything but names."""
    # The pointing has no row for a name. All that it can learn about a word of a paragraph is what stands
    # around it, and that is as true of names that it has never met.
    spoken = collections.defaultdict(set)
    for words, i in [*zip(texts, range(KNOWN)), *[(q[0], q[2]) for q in known]]:
        for word in words:
            spoken[word].add(i // 4)
    return {word: None for word, countries in spoken.items() if len(countries) >= 3}


def new_model(common, known):
    def draw(size, scale=0.3):
        return [random.gauss(0, scale) for _ in range(size)]

    model = {("own",): draw(POINT), ("score",): draw(POINT)}
    model |= {("same", said): draw(POINT) for said in (False, True)}
    model |= {("asks", word): draw(POINT) for word in common}
    model |= {("near", o, word): draw(POINT) for o in NEAR for word in (*common, "?", "")}
    # The memory does have a row for each name that training asks about: it is there to learn by heart.
    for word in [w for q in known for w in q[0]]:
        model.setdefault(("fact", word), draw(SPELL))
    model |= {("before", letter): draw(SPELL) for letter in " " + LETTERS}
    model |= {("place", k): draw(SPELL) for k in range(9)}
    model |= {("letter", letter): draw(SPELL + 1, 0.1) for letter in LETTERS}
    return model


def softmax(scores):
    top = max(scores)
    e = [math.exp(s - top) for s in scores]
    total = sum(e)
    return [x / total for x in e]


def find_slots(question, paragraphs, common):
    """What the answer may come from: the own memory, and each name in the paragraphs with its features.

    A feature is the name of a row: what stands n words before or after ("?" for a name), and whether the
    sentence says the name that was asked about. The second is what tells the right paragraph from
    a wrong one; nothing else in a slot depends on who is asked about.
    """
    asked = {w for w in question if w not in common}
    slots = [("", [("own",)])]
    for sentence in [s for sentences in paragraphs for s in sentences]:
        said = any(w in asked for w in sentence)
        around = ["", "", "", "", *[w if w in common else "?" for w in sentence], "", ""]
        for t, word in enumerate(sentence):
            if word not in common and word not in asked:
                near = [("near", o, around[t + 4 + o]) for o in NEAR]
                slots.append((word, [("same", said), *near]))
    return slots


def point(model, question, slots):
    """Hidden units and probability of each slot: p = softmax(v . tanh(embed(question) + embed(slot)))."""
    asks = [model["asks", w] for w in question if ("asks", w) in model]
    hidden = [[math.tanh(sum(c)) for c in zip(*asks, *[model[k] for k in ks])] for _, ks in slots]
    v = model["score",]
    return hidden, softmax([sum(map(float.__mul__, v, h)) for h in hidden])


def spell_letter(model, fact, place, before):
    """Hidden units, and the probability of each next letter: a network of one hidden layer."""
    rows = fact, model["before", before], model["place", min(place, 8)]
    # The last unit is always 1, so the last weight of a letter is its bias.
    h = [math.tanh(a + b + c) for a, b, c in zip(*rows)] + [1.0]
    return h, softmax([sum(map(float.__mul__, h, model["letter", x])) for x in LETTERS])


def recall(model, question):
    """The sum of the question's rows in the memory; a name that was never trained on adds nothing."""
    rows = [model["fact", w] for w in question if ("fact", w) in model]
    return [sum(c) for c in zip([0.0] * SPELL, *rows)]


def spell(model, question, word):
    """log G, G the probability that the memory spells this word; and its steps, for the way back."""
    fact, log_g, steps, before = recall(model, question), 0.0, [], " "
    for place, letter in enumerate(word + "."):
        h, p = spell_letter(model, fact, place, before)
        log_g += math.log(max(p[LETTERS.index(letter)], 1e-10))
        steps.append((place, before, letter, h, p))
        before = letter
    return log_g, steps


def explain(model, question, answer, slots):
    """Both networks on one question, and what each slot contributes to the probability of the answer."""
    hidden, p = point(model, question, slots)
    log_g, steps = spell(model, question, answer)
    parts = [p[0] * math.exp(log_g)]
    parts += [x if word == answer else 0.0 for (word, _), x in zip(slots[1:], p[1:])]
    # No clip at 1e-10 here, as it has been made letter by letter: seven letters are easily below it.
    return hidden, p, steps, parts, -math.log(max(sum(parts), 1e-100))


def loss_and_gradient(model, question, answer, slots):
    """L = -log P with P = p_own G(answer) + the sum of p_w over the slots w that hold the answer."""
    hidden, p, steps, parts, loss = explain(model, question, answer, slots)
    # r_s is the share of slot s in P: who is to thank for the answer.
    r, gradient = [x / max(sum(parts), 1e-100) for x in parts], {}

    def add(key, scale, vector):
        old = gradient.get(key) or [0.0] * len(vector)
        gradient[key] = [a + scale * x for a, x in zip(old, vector)]

    # With P = sum_s p_s c_s and p a softmax of scores z: dL/dz_s = p_s - p_s c_s / P = p_s - r_s. Each slot is
    # pulled from what it was trusted to what it deserved, as in expectation maximization. Note that r is
    # relative: a memory that spells nearly every answer shares the thanks with the slot that holds it, in
    # each question anew, and its own row is in all of them.
    asks = [("asks", w) for w in question if ("asks", w) in model]
    for (_, keys), h, dz in zip(slots, hidden, [a - b for a, b in zip(p, r)]):
        add(("score",), dz, h)
        # z = v . tanh(a), so dz/da_i = v_i (1 - tanh^2), and a is a plain sum of rows: each gets the same.
        da = [x * (1 - y * y) for x, y in zip(model["score",], h)]
        for key in (*keys, *asks):
            add(key, dz, da)
    # dL/d(log G) = -r_own: the memory learns from an answer as far as the answer came from it. Where a
    # paragraph has said everything, nothing is left to learn by heart.
    if r[0] > 1e-6:
        for place, before, letter, h, chances in steps:
            # Softmax and cross-entropy: d(-log p_y)/d(logit i) = p_i - [i = y], here times r_own. A logit is
            # the row of its letter times h, so dL/dh is the sum of the rows, each times its slope.
            d = [r[0] * (x - (y == letter)) for x, y in zip(chances, LETTERS)]
            columns = zip(*[model["letter", x] for x in LETTERS])
            dh = [sum(map(float.__mul__, d, c)) for c in columns]
            for x, slope in zip(LETTERS, d):
                add(("letter", x), slope, h)
            # The constant unit h = 1 has 1 - h^2 = 0: nothing goes back through it.
            da = [a * (1 - b * b) for a, b in zip(dh, h)][:SPELL]
            facts = [("fact", w) for w in question if ("fact", w) in model]
            for key in (("before", before), ("place", min(place, 8)), *facts):
                add(key, 1.0, da)
    return loss, gradient


def gradient_error(model, question, answer, slots):
    """The largest gap to central differences over the largest slope, one number of each row."""
    _, gradient = loss_and_gradient(model, question, answer, slots)
    gaps, h = [], 1e-5
    for key, slopes in gradient.items():
        row, kept, sides = model[key], model[key][0], []
        # Up, down and back: the third loss isn't used, its turn restores the row.
        for row[0] in (kept + h, kept - h, kept):
            sides.append(loss_and_gradient(model, question, answer, slots)[0])
        gaps.append(abs(slopes[0] - (sides[0] - sides[1]) / (2 * h)))
    return max(gaps) / max(abs(slopes[0]) for slopes in gradient.values())


# -- Training --------------------------------------------------------------------------------
# First the memory learns the known facts by heart, as pretraining does. Then it is frozen, and only the
# pointing learns, from questions about the same facts: a third of them with a wrong paragraph, the others
# with the right one and a wrong one. There are two ways to do that.
# On true paragraphs the memory is always right. Trust in it is one row, the same for all questions, and it
# is rewarded by every question, most of all by those with a wrong paragraph. To find the right
# name one has to tell it from a dozen others, and gains nothing that the memory hadn't.
# On edited paragraphs the answer has been exchanged for a name made up on the spot, and that name is the
# wanted answer. The memory is wrong there each time: to read is the only way. With a wrong paragraph
# nothing is edited, and the memory is the only way. Whom to trust depends on what one sees, so
# one has to look.


def train(model, case, ways, questions, steps, parts):
    """Plain SGD, one question at a time, on some parts of the model. The mean loss of four quarters."""
    losses = []
    for step in range(steps):
        example = case(random.choice(ways), random.choice(questions))
        loss, gradient = loss_and_gradient(model, *example)
        losses.append(loss)
        rate = 0.1 * (1 - step / steps)
        for key, slopes in gradient.items():
            if key[0] in parts:
                model[key] = [w - rate * g for w, g in zip(model[key], slopes)]
    size = steps // 4
    return " ".join(f"{sum(losses[i * size :][:size]) / size:>6.2f}" for i in range(4))


# -- Inference -------------------------------------------------------------------------------


# Every question could be asked of the paragraphs that were found, of none, of a wrong one. What is known
# by heart can be told from what was read: edit the paragraph, and see which answer comes. That is also the
# practical point of it all: a fact is corrected by editing a text, without one step of training.


# Real systems cut long texts into chunks, rank what was found a second time by a slower model, put several
# chunks into the context of a language model, and have it name its sources.


def reply(model, question, slots):
    """The most probable word: one of the paragraphs, or what the memory spells by its best letters."""
    p = point(model, question, slots)[1]
    fact, word, chance = recall(model, question), "", p[0]
    while len(word) < 9 and not word.endswith("."):
        chances = spell_letter(model, fact, len(word), word[-1:] or " ")[1]
        chance *= max(chances)
        word += LETTERS[chances.index(max(chances))]
    votes = {word.rstrip("."): chance}
    # A word may stand in several places, and they vote together.
    for (name, _), x in zip(slots[1:], p[1:]):
        votes[name] = votes.get(name, 0.0) + x
    return max(votes, key=votes.get)


def measure(model, cases):
    """Share of exact answers, and mean loss a letter: ln 27 = 3.30 is what a blind guess loses."""
    exact = sum(reply(model, words, slots) == answer for words, answer, slots in cases)
    loss = sum(explain(model, *case)[-1] / (len(case[1]) + 1) for case in cases)
    return exact / len(cases), loss / len(cases)


def main():
    random.seed(42)
    used = set()
    paragraphs, questions = make_world(used)
    texts = [[w for s in sentences for w in s] for sentences in paragraphs]
    index, lengths = build_index(texts)
    known = [q for q in questions if q[2] < KNOWN]
    held_out = [q for q in questions if q[2] >= KNOWN][:: EVERY // 3]
    # Held out: neither the question nor the paragraph nor the answer was shown. Counted, not believed.
    told = {w for words in (*texts[:KNOWN], *[(*q[0], q[1]) for q in known]) for w in words}
    leaks = sum(q[1] in told for q in held_out)
    print(". ".join(" ".join(sentence) for sentence in paragraphs[-1]) + ".")
    print(f"  {' '.join(questions[-1][0])}? {questions[-1][1]}")
    gap = max(index_gap(q[0], texts, bm25(q[0], index, lengths)[1]) for q in questions[::20])

    # What is each part of the formula for? Take it away. In half of BM25's failures the paragraph says "the
    # highest mountain" and the question "which peak rises above": paragraphs about other countries have
    # those three words, and with saturation the name that is asked about can't make up for them. No reader
    # repairs that, nor does a second or third paragraph: top 3 finds no more than top 1.
    print(f"\n{'retrieval, ' + str(len(questions)) + ' questions':<34} {'top 1':>6} {'top 3':>6}")
    rates = {}
    for label, setting in (
        ("BM25", {}),
        ("every word equal (no IDF)", {"rare": False}),
        ("there or not (k1 = 0)", {"k1": 0.0}),
        ("no length (b = 0)", {"b": 0.0}),
        ("no saturation (k1 = 1000)", {"k1": 1000.0}),
    ):
        tops = [(q[2], bm25(q[0], index, lengths, **setting)[0]) for q in questions]
        rates[label], three = (sum(i in top[:k] for i, top in tops) / len(tops) for k in (1, 3))
        print(f"{label:<34} {rates[label]:>6.3f} {three:>6.3f}")

    common = common_words(texts, known)

    def case(given, question):
        """A question as a reader gets it: words, wanted answer, slots."""
        words, answer, i = question
        right, top = paragraphs[i], [paragraphs[k] for k in bm25(words, index, lengths)[0]]
        # Wrong, but of the same kind: a paragraph about another town names a river too. This is the
        # commonest failure of a real system, and the most dangerous: the answer looks right.
        wrong = paragraphs[(i + 4 * random.randrange(1, KNOWN // 4)) % KNOWN]
        seen = {"top 1": top[:1], "top 3": top, "wrong one": [wrong]}.get(given, [right, wrong])
        if given == "edited":
            old, answer = answer, new_name(set(used))
            seen = [[[answer if w == old else w for w in s] for s in text] for text in seen]
        return words, answer, find_slots(words, [] if given == "nothing" else seen, common)

    empty = new_model(common, known)
    error = gradient_error(empty, *case("true", known[0]))
    full, pointing = dict(empty), ("own", "score", "same", "asks", "near")
    print(f"\n{'mean loss in quarters':<34} {'1':>6} {'2':>6} {'3':>6} {'4':>6}")
    curve = train(full, case, ["nothing"], known, LEARN, ("fact", "before", "place", "letter"))
    print(f"{'memory, by heart':<34} {curve}")
    # Three readers that differ in one thing each. The first has a memory that never learned: is it the true
    # paragraphs that keep the second from reading, or is it what it knows? (A step replaces rows and never
    # changes one in place, so a copy of the dictionary is enough.)
    readers = {}
    for label, given, start in (
        ("true ones, empty memory", "true", empty),
        ("true paragraphs", "true", full),
        ("edited paragraphs", "edited", full),
    ):
        model = readers[label] = dict(start)
        curve = train(model, case, [given, given, "wrong one"], known, READ, pointing)
        print(f"{'pointing, ' + label:<34} {curve}")

    print(f"\n{'':<34} {'known facts':>14} {'held-out facts':>15}")
    print(f"{'trained on':<23} {'given':<10} {'exact':>7} {'loss':>6} {'exact':>8} {'loss':>6}")
    table = {}
    for label, model in readers.items():
        for given in ("nothing", "top 1", "top 3", "wrong one", "edited"):
            row = measure(model, [case(given, q) for q in known[::EVERY]])
            table[label, given] = row = row + measure(model, [case(given, q) for q in held_out])
            print(f"{label:<23} {given:<10}", "{:>7.3f} {:>6.2f} {:>8.3f} {:>6.2f}".format(*row))

    # The memory never says that it doesn't know. Asked about a town that it has never heard of, it spells
    # a likely name, and loses more than a blind guess would: that is what a hallucination costs.
    control, idle = (table[label, "top 1"][2] for label in list(readers)[:2])
    settings = ("nothing", "top 1", "wrong one", "edited")
    none, found, wrong, edited = (table["edited paragraphs", given] for given in settings)
    first, equal, half = rates["BM25"], rates["every word equal (no IDF)"], found[2] / 2
    loss, closed, misled = found[3], none[3], wrong[3]
    # Two virtues at once, and the last rows test both: to believe the paragraph against the memory (edited),
    # and the memory where the paragraph is beside the point.
    rows = [
        ("held-out answers in the texts of training", leaks, "0", leaks == 0),
        ("index against the formula, largest gap", gap, "< 1e-9", gap < 1e-9),
        ("gradient against central differences", error, "< 1e-6", error < 1e-6),
        ("questions whose paragraph is first", first, ">= 0.8", first >= 0.8),
        ("their share without IDF", equal, f"< {first:.3f}", equal < first),
        ("known, from memory: exact", none[0], "> 0.9", none[0] > 0.9),
        ("held out, from memory: exact", none[2], "< 0.05", none[2] < 0.05),
        ("held out, top 1: exact", found[2], "> 0.8", found[2] > 0.8),
        ("held out, a wrong one: exact", wrong[2], "< 0.05", wrong[2] < 0.05),
        ("held out: loss with top 1, below none", loss, f"< {closed:.2f}", loss < closed),
        ("held out: loss with top 1, below wrong one", loss, f"< {misled:.2f}", loss < misled),
        ("on true paragraphs: held out, top 1, exact", idle, f"< {half:.3f}", idle < half),
        ("the same, with an empty memory", control, "> 0.8", control > 0.8),
        ("known, paragraph edited: new answer", edited[0], "> 0.9", edited[0] > 0.9),
        ("known, a wrong one: exact from memory", wrong[0], "> 0.9", wrong[0] > 0.9),
    ]
    return verdict(rows)


# -- Verdict ---------------------------------------------------------------------------------


def verdict(rows):
    # rows: (criterion, value, bound, passed). A smoke run trains too little to be judged.
    print(f"\n{'criterion':<44} {'value':>12}  {'bound':<16} verdict")
    for criterion, value, bound, passed in rows:
        shown = value if isinstance(value, str) else f"{value:.4g}"
        word = "not judged" if SMOKE else "pass" if passed else "FAIL"
        print(f"{criterion:<44} {shown:>12}  {bound:<16} {word}")
    met = sum(bool(row[3]) for row in rows)
    if not SMOKE:
        print(f"{met} of {len(rows)} criteria met")
    return 0 if SMOKE or met == len(rows) else 1


if __name__ == "__main__":
    raise SystemExit(main())
