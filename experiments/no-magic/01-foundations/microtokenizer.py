"""microtokenizer: merging the most frequent pair again and again builds a vocabulary that spells everything.

Byte-pair encoding over raw bytes: begin with the 256 bytes, so that no text can ever be unknown,
and let a loop of ten lines find the pieces that occur often. The list of merges, in their order, is
the whole tokenizer: encoding applies them by rank, decoding looks bytes up in a table.

Gage (1994), A New Algorithm for Data Compression; Sennrich, Haddow and Birch (2016), Neural Machine
Translation of Rare Words with Subword Units, for merges inside of words; Radford et al. (2019), for
bytes instead of characters. Idea of a single-file program after Andrej Karpathy's micrograd,
makemore and microgpt; written from scratch.

Surprise: counting all pairs anew after every merge reads 18 times as many pairs as keeping the
counts up to date, for the same merges to the last one: a merge touches few words, and the others
haven't changed. And the obvious encoder, take the longest piece that fits, is not the same
tokenizer: it cuts a third of the held-out names in another way than the merges do, with hardly a
token more or less. The same vocabulary, and a model trained on one cut has never seen the other.

Built properly in phase 11 (tokenization with byte-pair encoding).
"""

import itertools
import os
import random
import time
import urllib.request

SMOKE = os.environ.get("NO_MAGIC_SMOKE") == "1"
HERE = os.path.dirname(os.path.abspath(__file__))
NAMES_URL = "https://raw.githubusercontent.com/karpathy/makemore/master/names.txt"
MERGES = 40 if SMOKE else 256  # as many new tokens as there are bytes: a vocabulary of 512
SAMPLE = 400 if SMOKE else 5000  # names at most; a longer list would change the time, not the idea


# -- Data ------------------------------------------------------------------------------------
# A name is a word: merges never reach across its end, as production tokenizers split on spaces
# first. That keeps every count local to a word, which is what makes the fast version fast.


def clean_names(text):
    # One name a line, each name once; what isn't 2 to 15 plain letters is dropped, not guessed at.
    words = (line.strip().lower() for line in text.splitlines())
    return list(
        dict.fromkeys(w for w in words if 2 <= len(w) <= 15 and w.isascii() and w.isalpha())
    )


def invented_names(count=2000):
    # Syllables from a generator of its own, so that the data never moves the script's own draws.
    rng = random.Random(42)
    names = {}
    while len(names) < count:
        word = "".join(
            rng.choice(["", *"bcdfghjklmnprstvz"]) + rng.choice("aaeeiiou")
            for _ in range(rng.choice([1, 2, 2, 2, 3, 3]))
        ) + rng.choice(["", "", "a", "n", "l", "s", "r"])
        if 2 <= len(word) <= 15:
            names[word] = None
    return list(names)


def load_names():
    # Beside the script, then the repository's data/, then the network, then invented.
    wanted = os.environ.get("NO_MAGIC_NAMES", "")
    cache = os.path.join(HERE, "names.txt")
    shipped = os.path.join(HERE, *[os.pardir] * 3, "data", "names.txt")
    places = [("names.txt beside the script", cache), ("data/names.txt", shipped)]
    for label, path in [("the file in NO_MAGIC_NAMES", wanted)] if wanted else places:
        if path == "generated" or not (wanted or os.path.exists(path)):
            continue
        try:
            with open(path, encoding="utf-8") as file:
                names = clean_names(file.read(5_000_000))
        except (OSError, ValueError) as problem:
            print(f"names: can't read {label} ({type(problem).__name__})")
            continue
        if len(names) >= 1000:
            print(f"names: {len(names)} from {label}")
            return names
        print(f"names: {label} has {len(names)} usable names, 1000 needed")
    if not wanted:
        try:
            with urllib.request.urlopen(NAMES_URL, timeout=10) as reply:
                size, body = reply.headers.get("Content-Length"), reply.read(5_000_001)
            names = clean_names(body.decode("utf-8"))
            # A page of HTML cleans to few names; a cut-off file is short, or ends inside a line.
            whole = size in (None, str(len(body))) and body.endswith(b"\n")
            if len(body) > 5_000_000 or len(names) < 1000 or not whole:
                raise ValueError("not the list")
        # A network fails in more ways than OSError (http.client has its own), all with one answer.
        except Exception as problem:
            print(f"names: no download ({type(problem).__name__})")
        else:
            print(f"names: {len(names)} downloaded")
            try:
                with open(cache + ".part", "wb") as file:
                    file.write(body)
                os.replace(cache + ".part", cache)
            except OSError as problem:
                print(f"names: not kept ({type(problem).__name__})")
            return names
    names = invented_names()
    print(f"names: {len(names)} invented from syllables")
    return names


# -- Training --------------------------------------------------------------------------------
# The loop: count neighbors, merge the most frequent two, repeat. Frequent letters become frequent
# syllables, and rare words stay spelled out. Nothing here knows what a vowel is.


def merge(tokens, pair, new):
    """`tokens` with every occurrence of `pair` replaced by `new`, from the left."""
    # A new list in one pass: replacing in place would shift everything behind each hit.
    out, i = [], 0
    while i < len(tokens):
        # "aaa" with the pair (a, a) gives [aa, a]: the middle one can be used only once.
        if i + 1 < len(tokens) and (tokens[i], tokens[i + 1]) == pair:
            out.append(new)
            i += 2
        else:
            out.append(tokens[i])
            i += 1
    return out


# A tie is not a corner case: among names dozens of pairs occur equally often, and a dictionary's own
# order would make the vocabulary depend on the order of the lines in the file.


def best_pair(counts):
    # The most frequent; among equals the lowest pair, so that every run merges the same.
    return min(counts, key=lambda pair: (-counts[pair], pair))


def train_recounting(words, merges):
    """The textbook loop. Returns the merges, pairs read, and merges that weren't the most frequent."""
    words, ranks, read, rare = [list(w) for w in words], {}, 0, 0
    # For W words of length n and M merges this reads about W n M pairs. It is right, it fits on a
    # screen, and at a billion words and 50,000 merges it never ends.
    for new in range(256, 256 + merges):
        counts = {}
        for tokens in words:
            read += max(len(tokens) - 1, 0)
            for pair in itertools.pairwise(tokens):
                counts[pair] = counts.get(pair, 0) + 1
        pair = best_pair(counts)
        rare += counts[pair] < max(counts.values())
        ranks[pair] = new
        words = [merge(tokens, pair, new) for tokens in words]
    return ranks, read, rare


# What changes when one pair is merged? Only the words that contain it, and of those only the pairs that
# touch it. In "banana", merging (a, n) removes (b, a), (a, n), (n, a) and brings (b, an), (an, an) and
# (an, a); every other word of the list still has the pairs that it had.


def train(words, merges):
    """The same merges from counts that are kept up to date. Also the words as they end up.

    `where` says for each pair which words have it. A merge opens those words only: their old pairs
    are taken off the counts, their new ones put on. The sum over all pairs is the same as if
    everything had been counted again, because every other word contributes what it did before.
    """
    words = [list(w) for w in words]
    counts, where, ranks, read = {}, {}, {}, 0
    # Everything is counted once. From here on the table is never built again, only corrected: as with
    # a bank's ledger, what must stay true is the sum, and each entry says which word it came from.
    for index, tokens in enumerate(words):
        read += max(len(tokens) - 1, 0)
        for pair in itertools.pairwise(tokens):
            counts[pair] = counts.get(pair, 0) + 1
            where.setdefault(pair, set()).add(index)
    for new in range(256, 256 + merges):
        pair = best_pair(counts)
        ranks[pair] = new
        # A set of numbers has no order that could change a result here: sums don't care.
        for index in where.pop(pair):
            old, tokens = words[index], merge(words[index], pair, new)
            read += len(old) + len(tokens) - 2
            for gone in itertools.pairwise(old):
                counts[gone] -= 1
                # Off the books: this pair stood in the word as it was. Where the merge didn't touch
                # it, the second loop puts it on again.
                # A count of 0 must go, or the table grows with every pair that ever was.
                if not counts[gone]:
                    del counts[gone]
            for came in itertools.pairwise(tokens):
                counts[came] = counts.get(came, 0) + 1
                where.setdefault(came, set()).add(index)
            # `where` may go on naming a word that has lost a pair: merging it then changes nothing.
            words[index] = tokens
    return ranks, read, words


# -- Encoding and decoding -------------------------------------------------------------------


def table(ranks):
    """Bytes of every token. This dictionary is all that decoding needs: it never sees the merges."""
    # A token's bytes are those of its two parts. Both exist already, since a merge joins earlier
    # tokens only: one pass in the order of the ranks is enough.
    pieces = {b: bytes([b]) for b in range(256)}
    for (left, right), new in ranks.items():
        pieces[new] = pieces[left] + pieces[right]
    return pieces


# Encoding repeats the training on a new text, without the counting: which of the neighbors was merged
# first? Then that one is merged here first, everywhere it stands. Production tokenizers keep the
# neighbors in a heap and remember whole words; the result is the same to the token.


def encode(text, ranks):
    """Tokens of a text: the merges in the order in which they were learned.

    Never by how often a pair occurs in this text: that would be another tokenizer for every text.
    """
    # Bytes, not characters: 256 tokens cover every text there is, in any script, for ever. The price is
    # that a rare character costs up to four tokens before any merge helps it.
    tokens = list(text.encode("utf-8"))
    while len(tokens) > 1:
        pair = min(itertools.pairwise(tokens), key=lambda p: ranks.get(p, 1 << 30))
        if pair not in ranks:
            break
        tokens = merge(tokens, pair, ranks[pair])
    return tokens


# The way back needs no rule and no order: each token has its bytes, and bytes are put side by side.


def decode(tokens, pieces):
    # Bytes first, text last: a token may end in the middle of a character of several bytes.
    return b"".join(pieces[t] for t in tokens).decode("utf-8", errors="replace")


def encode_longest(text, pieces):
    """The encoder that everybody writes first: at each place the longest piece that fits."""
    # It looks plausible, and for a vocabulary that was built for it (WordPiece) it is right. Here the
    # pieces come from merges, and a long piece may swallow the first letter of a more frequent one.
    numbers = {piece: token for token, piece in pieces.items()}
    data, tokens, i = text.encode("utf-8"), [], 0
    longest = max(map(len, numbers))
    while i < len(data):
        for size in range(min(longest, len(data) - i), 0, -1):
            if data[i : i + size] in numbers:
                tokens.append(numbers[data[i : i + size]])
                i += size
                break
    return tokens


# -- Comparison ------------------------------------------------------------------------------
# What a merge buys is measured on names that it wasn't learned from: on the training names a
# large enough vocabulary would store each one as a token of its own.

# What a tokenizer must survive: nothing at all, accents in one and in two code points, scripts that it
# never saw, a character of eleven bytes, control characters, one letter many times. All of it works
# for the same reason: every byte is a token, so there is no such thing as an unknown character.

HARD = ("", "a", "Zoë", "naïve", "Ελένη", "東京", "🐈‍⬛ cat", "\x00\x7f", "line\nbreak", "zzzzzzzz")


def main():
    start = time.perf_counter()
    random.seed(42)
    names = load_names()
    # The shipped list is alphabetical: without a shuffle the held-out names would all begin with z.
    random.shuffle(names)
    names = names[:SAMPLE]
    cut = len(names) * 4 // 5
    words = [name.encode("utf-8") for name in names[:cut]]
    held_out = names[cut:]

    # Both loops, on the same words: the fast one must be the slow one, merge by merge. A speed-up that
    # changes the vocabulary a little would be found by nobody, and every model would inherit it.
    ranks, read, ended = train(words, MERGES)
    slow_ranks, slow_read, rare = train_recounting(words, MERGES)
    pieces = table(ranks)
    print(f"{len(words)} names to learn from, {len(held_out)} held out, {len(ranks)} merges")
    print("first merges:", " ".join(pieces[new].decode() for new in range(256, 268)))

    # Learned and held out stay close: pieces that occur often in 4,000 names occur often in 1,000 others.
    # With ten times the merges the first column would run away, one token for each name.
    # More merges, fewer tokens: the curve bends early, since frequency falls off like 1/rank.
    print(f"\n{'merges':>7} {'vocabulary':>11} {'bytes a token, learned':>23} {'held out':>9}")
    rates = []
    # A tokenizer with fewer merges is the beginning of the same list: nothing is trained again. That
    # is how one list serves several vocabularies, and why its order must be kept in the file.
    for size in sorted({0, 16, 64, MERGES // 2, MERGES}):
        some = dict(list(ranks.items())[:size])
        rate = []
        for part in (names[:cut], held_out):
            spelled = sum(len(name) for name in part)
            rate.append(spelled / sum(len(encode(name, some)) for name in part))
        rates.append(rate[1])
        print(f"{size:>7} {256 + size:>11} {rate[0]:>23.2f} {rate[1]:>9.2f}")

    # Round trip first. A tokenizer that loses one byte of one text can't be trusted with any: the model
    # behind it would learn from something else than what was written.
    texts = [*HARD, *held_out]
    lost = sum(decode(encode(text, ranks), pieces) != text for text in texts)
    # 0 bytes, 1 byte and bytes that no training name has are among them; so is every held-out name.
    # Training and encoding must cut alike, or a model is fed with tokens that it never saw.
    unlike = sum(encode(name, ranks) != tokens for name, tokens in zip(names[:cut], ended))
    # Both cuts use the same pieces, so both come back to the same text. No round trip finds the fault;
    # only comparing tokens does.
    by_rank = [encode(name, ranks) for name in held_out]
    by_length = [encode_longest(name, pieces) for name in held_out]
    other = sum(a != b for a, b in zip(by_rank, by_length)) / len(held_out)
    more = sum(map(len, by_length)) / sum(map(len, by_rank))
    example = next(((a, b) for a, b in zip(by_rank, by_length) if a != b), ([], []))
    show = ["|".join(pieces[t].decode() for t in tokens) for tokens in example]
    print(
        f"\nby rank {show[0]}, by length {show[1]}; {other:.1%} of held-out names are cut otherwise"
    )
    print(f"tokens by length for one by rank: {more:.3f}")
    print(f"pairs read: {slow_read} recounting, {read} keeping count")
    print(f"time: {time.perf_counter() - start:.1f} s")
    # Every merge can only shorten a text or leave it: the column must never turn round.
    falling = all(b >= a for a, b in itertools.pairwise(rates))
    textbook = list(ranks.items()) == list(slow_ranks.items())
    # The last row is no virtue but a warning: if it were 0, the shortcut would be the same tokenizer.
    return verdict(
        [
            ("texts that don't come back", lost, "0", lost == 0),
            ("bytes a token, held-out names", rates[-1], ">= 1.5", rates[-1] >= 1.5),
            ("more merges never make more tokens", str(falling), "True", falling),
            ("the textbook's merges, in its order", str(textbook), "True", textbook),
            ("merges of a pair not the most frequent", rare, "0", rare == 0),
            ("training words not encoded as they ended", unlike, "0", unlike == 0),
            ("pairs read recounting, for one read", slow_read / read, "> 5", slow_read > 5 * read),
            ("names cut otherwise by the longest piece", other, "> 0.05", other > 0.05),
        ]
    )


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
