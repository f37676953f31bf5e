"""micropaged: a cache cut into blocks with a table holds more requests than any contiguous one.

A server keeps keys and values of every text in flight and doesn't know how long each will get.
Reserving the maximum wastes most of the memory on text that never comes. Blocks of a few slots,
handed out when they are needed and found through a table, waste less than one block a text; and
since a table can point anywhere, two texts can share what they have in common until one of them
writes. The same trace of requests runs here under each policy, and attention reads through the
tables with the same bits as from a plain list.

Kwon et al. (2023), PagedAttention, which is vLLM's memory; Denning (1970), Virtual Memory, from
which the idea comes; Randell (1969) for the two kinds of fragmentation. Idea of a single-file
program after Andrej Karpathy's micrograd, makemore and microgpt; written from scratch.

Surprise: knowing the future hardly helps. An oracle that reserves each text's exact final length
fills only half of the memory: a third waits for letters that are still to come, and holes between
reservations, the loss that has the name, are the smaller one. Filling every last block is no feat
either: the server that does it throws texts out and computes 43 % of all slots again, against 6 %
for one that keeps 8 slots spare a text. And memory alone would choose blocks of 1: a table
entry is 8 bytes and a slot 128 KiB. The 16 of vLLM is there for speed of reading, not for space.

Built properly in phase 27 (modern attention), and used in phase 33 (inference serving).
"""

import math
import os
import random
import time

SMOKE = os.environ.get("NO_MAGIC_SMOKE") == "1"
SIZE = 8  # numbers in a key and in a value
BLOCK = 16  # slots in a block
SLOTS = 2048  # slots of the whole memory
MAXIMUM = 256  # the longest text a server promises, prompt and answer
REQUESTS = 60 if SMOKE else 400
OPERATIONS = 300 if SMOKE else 4000


# -- Data ------------------------------------------------------------------------------------
# Nothing is trained: a memory doesn't care what it holds. Slots get random keys and values, and
# requests get lengths as a server sees them: many short answers, few long ones. The gap between the
# mean and the maximum, about 97 against 256 here, is what a policy lives or dies by. Traces of
# real services have a wider one.


def draw_slot():
    return tuple([random.gauss(0.0, 1.0) for _ in range(SIZE)] for _ in range(2))


def draw_requests(count):
    """(prompt, answer) lengths. Answers are exponential: each letter ends it with the same chance."""
    requests = []
    for _ in range(count):
        prompt = random.randint(8, 64)
        answer = 1 + int(random.expovariate(1 / 60))
        requests.append((prompt, min(answer, MAXIMUM - prompt)))
    return requests


# -- Blocks ----------------------------------------------------------------------------------
# Intuition: a book whose pages lie anywhere on the shelf, with a list of where each page is. It can
# grow by a page without moving, and two books that begin alike can keep one copy of these pages.
# A text is a table of block numbers and a length. Position t is slot t % B of block table[t // B].
# A block has a count of the tables that name it; it is free when nobody does.


class Pool:
    """All blocks there are. What the server may admit, grow or share is decided by what is free."""

    def __init__(self, blocks, size):
        self.size = size
        self.slots = [[None] * size for _ in range(blocks)]
        self.holders = [0] * blocks
        # Last in, first out: the block freed last is the one most likely still in a GPU's cache.
        self.free = list(range(blocks))
        self.copies = 0

    def take(self):
        # The caller has looked that one is free: running out is no error, it is a decision to make.
        block = self.free.pop()
        self.holders[block] = 1
        return block

    def release(self, block):
        self.holders[block] -= 1
        if self.holders[block] == 0:
            self.free.append(block)


class Text:
    """One text's view of the pool: which blocks, and how many slots of the last one are used."""

    def __init__(self, pool):
        self.pool, self.table, self.length = pool, [], 0

    def append(self, slot, copy_on_write=True):
        """Store one more slot; False, and nothing changed, if that needs a block and none is free.

        Two cases need one: the last block is full, or somebody else reads it too.
        """
        pool, at = self.pool, self.length % self.pool.size
        shared = at > 0 and copy_on_write and pool.holders[self.table[-1]] > 1
        if at == 0 or shared:
            if not pool.free:
                return False
            block = pool.take()
            if shared:
                # Others read this block too. What is in it stays true for them; what comes now is
                # ours alone. So the shared part is copied, at most B - 1 slots, and only once.
                pool.slots[block][:at] = pool.slots[self.table[-1]][:at]
                pool.release(self.table.pop())
                pool.copies += 1
            self.table.append(block)
        pool.slots[self.table[-1]][at] = slot
        self.length += 1
        return True

    def fork(self):
        # A second text with the same past: no slot is touched, only counts go up.
        twin = Text(self.pool)
        twin.table, twin.length = list(self.table), self.length
        for block in self.table:
            self.pool.holders[block] += 1
        return twin

    def drop(self):
        # Blocks that others name stay; the count knows, and the text needn't.
        for block in self.table:
            self.pool.release(block)
        self.table, self.length = [], 0

    def read(self):
        size = self.pool.size
        return [self.pool.slots[self.table[t // size]][t % size] for t in range(self.length)]


# -- Attention -------------------------------------------------------------------------------
# It gets the slots in the order of the text and can't tell where they lay. A kernel follows the
# table inside its loop instead of gathering first; a block must then be long enough for one wide
# read, which is what sets its size in practice.


def attend(query, slots):
    # One query against the whole past, as in a decode step of microkv.
    # softmax(q . k / sqrt(d)) as exp(s - max), then the mixture of the values.
    scores = [sum(map(float.__mul__, query, key)) / math.sqrt(SIZE) for key, _ in slots]
    top = max(scores)
    e = [math.exp(s - top) for s in scores]
    total = sum(e)
    return [sum(map(float.__mul__, e, column)) / total for column in zip(*(v for _, v in slots))]


# Zero is expected, not nearly zero: the same additions in the same order.
def largest_difference(query, slots, others):
    return max(abs(a - b) for a, b in zip(attend(query, slots), attend(query, others)))


# -- Contiguous memory -----------------------------------------------------------------------
# What every server did before: a tensor for each text, as long as the text may become. Inside a
# reservation, slots that aren't used yet or never will be are internal fragmentation; between
# reservations, gaps too short for the next text are external fragmentation.


class Arena:
    """Reservations in one long row of slots, each where it first fits."""

    def __init__(self, slots):
        self.slots, self.taken = slots, []

    def reserve(self, size):
        """The start, or None: too little is free, or enough is free but not in one piece."""
        # A hole lies between the end of one reservation and the start of the next, and nothing may
        # be moved to widen it: a kernel that is running holds the addresses.
        start = 0
        for a, length in self.taken:
            if a - start >= size:
                break
            start = a + length
        if start + size > self.slots:
            return None
        self.taken = sorted([*self.taken, (start, size)])
        return start

    def free(self):
        return self.slots - sum(length for _, length in self.taken)


# -- Serving ---------------------------------------------------------------------------------
# A queue that is never empty, first come, first served. In each step every text in flight grows by
# one slot, as one decode step of the whole batch does. More texts in flight is more letters a
# step, and a step takes little longer for them: that is why memory is throughput here.


def serve_reserved(requests, reservation):
    """Each text is given `reservation(prompt, answer)` slots in one piece, until it ends.

    Returns texts in flight on average, the share of the memory that holds a key, and the share
    that was free, but in pieces too small for the text at the head of the queue.
    """
    arena, queue, running = Arena(SLOTS), list(reversed(requests)), []
    steps = flight = filled = broken = 0
    while queue or running:
        while queue:
            size = reservation(*queue[-1])
            start = arena.reserve(size)
            if start is None:
                broken += arena.free() if arena.free() >= size else 0
                break
            prompt, answer = queue.pop()
            running.append([prompt, prompt + answer, (start, size)])
        # The tail of the trace, with an empty queue, says nothing about a busy server.
        if queue:
            steps, flight = steps + 1, flight + len(running)
            filled += sum(length for length, _, _ in running)
        # One step: every text in flight gets its next letter, and those that are done leave.
        for text in running:
            text[0] += 1
            if text[0] >= text[1]:
                arena.taken.remove(text[2])
        running = [text for text in running if text[0] < text[1]]
    return flight / steps, filled / steps / SLOTS, broken / steps / SLOTS


def serve_paged(requests, size, spare, victims=-1):
    """Blocks as texts grow. When none is left, the youngest text gives its blocks back and waits.

    (With `victims` 0 it is the oldest, to see what that choice is worth.)

    Returns texts in flight, filled share, slots computed again, empty slots a text on average. The
    last should be (B - 1) / 2: where a text ends within its last block is up to chance, so of
    B slots 0, 1, .. or B - 1 are empty, each as likely as the others.
    """
    pool, queue, running = Pool(SLOTS // size, size), list(reversed(requests)), []
    steps = flight = filled = again = empty = 0
    while queue or running:
        # Let in when the prompt fits with a block to grow into, and so many slots are left spare for
        # each text in flight. Nobody knows who will need them; on average that is enough.
        while queue and size * len(pool.free) - queue[-1][0] >= size + spare * len(running):
            prompt, answer = queue.pop()
            text = Text(pool)
            for _ in range(prompt):
                text.append(None)
            running.append((text, prompt + answer))
        # As above, only while somebody waits.
        if queue:
            steps, flight = steps + 1, flight + len(running)
            filled += sum(text.length for text, _ in running)
            empty += sum(len(text.table) * size - text.length for text, _ in running)
        old = 0
        while old < len(running):
            text, end = running[old]
            if not text.append(None):
                # The youngest has lost least. What it wrote stays, as text: later one prefill
                # computes its slots again. Stalling everybody until somebody ends might never end.
                victim, its_end = running.pop(victims)
                again += victim.length
                queue.append((victim.length, its_end - victim.length))
                victim.drop()
                # The same text tries again; if the oldest left, it has moved up by one.
                old = max(0, old - 1) if victims == 0 else old
                continue
            old += 1
        for text, end in running:
            if text.length >= end:
                text.drop()
        running = [(text, end) for text, end in running if text.length]
    return flight / steps, filled / steps / SLOTS, again, empty / flight


# -- Comparison ------------------------------------------------------------------------------
# First that the memory is right, then what it is worth. A wrong table doesn't crash: it reads
# another text's keys, and the answer is fluent and about something else.


def shadow_run(operations):
    """Random growing, forking and dropping, each text beside a plain list that can't be wrong.

    Forks of forks, drops of a text whose blocks live on in others, and a pool small enough to
    run empty now and then. Returns the largest difference of attention, accounts that don't
    balance, the most empty slots of a text, slots refused, and blocks held when all texts are gone.
    """
    pool, live = Pool(24, BLOCK), []
    gap = 0.0
    unbalanced = waste = refused = 0
    for operation in range(operations):
        kind = random.random()
        if not live or (kind < 0.03 and len(live) < 12):
            live.append((Text(pool), []))
        text, plain = live[random.randrange(len(live))]
        if 0.03 <= kind < 0.06 and len(live) < 12:
            live.append((text.fork(), list(plain)))
        elif 0.06 <= kind < 0.10 or len(plain) == MAXIMUM // 2:
            text.drop()
            live = [pair for pair in live if pair[0] is not text]
        else:
            slot = draw_slot()
            # A refused slot must leave no trace, in the table or in the counts.
            done = text.append(slot)
            plain += [slot] * done
            refused += not done
        # The account of the whole pool after each operation, taken from the tables alone.
        # A block is held as often as tables name it, and is free exactly when none does.
        named = [0] * len(pool.slots)
        for other, _ in live:
            waste = max(waste, len(other.table) * BLOCK - other.length)
            for block in other.table:
                named[block] += 1
        idle = [block for block, count in enumerate(named) if count == 0]
        unbalanced += named != pool.holders or sorted(pool.free) != idle
        if operation % 20 == 0:
            query, _ = draw_slot()
            pairs = [(t.read(), p) for t, p in live if p]
            gap = max([gap, *(largest_difference(query, a, b) for a, b in pairs)])
    for text, _ in live:
        text.drop()
    return gap, unbalanced, waste, refused, len(pool.slots) - len(pool.free)


def sample_answers(prompt, answers, length, copy_on_write=True):
    """Several answers to one prompt: blocks held, copies made, and the worst error of attention.

    It is how several samples of one question are drawn, and how beam search keeps its beams.
    """
    pool = Pool(64, BLOCK)
    first, plain = Text(pool), [draw_slot() for _ in range(prompt)]
    for slot in plain:
        first.append(slot)
    texts = [(first, list(plain))]
    for _ in range(answers - 1):
        texts.append((first.fork(), list(plain)))
    for _ in range(length):
        for text, own in texts:
            own.append(draw_slot())
            text.append(own[-1], copy_on_write)
    # Each text must read the prompt and its own answer, and nothing of its three siblings'.
    query, _ = draw_slot()
    gap = max(largest_difference(query, text.read(), own) for text, own in texts)
    return len(pool.slots) - len(pool.free), pool.copies, gap


def main():
    start = time.perf_counter()
    random.seed(42)
    # The same requests, in the same order, for every policy.
    requests = draw_requests(REQUESTS)
    gap, unbalanced, waste, refused, left = shadow_run(OPERATIONS)
    print(f"{OPERATIONS} random operations: {refused} refused, attention off by {gap:.0e}")

    asked = sum(prompt + answer for prompt, answer in requests)
    print(f"\n{REQUESTS} requests for {asked} slots, memory of {SLOTS}, at most {MAXIMUM} a text")
    print(f"{'reserved':<26} {'in flight':>9} {'filled':>7} {'holes':>6} {'to come':>8}")
    # A server can't know the final length. The second row is there to see what knowing it is worth.
    # The two policies in one piece. What isn't filled is a hole, or waits for letters to come.
    # The lambda and the sum are the policies: how many slots a prompt and an answer are given.
    flights, policies = {}, {"the maximum": lambda p, a: MAXIMUM, "the final length": int.__add__}
    for label, policy in policies.items():
        flight, filled, holes = serve_reserved(requests, policy)
        flights[label] = (flight, filled)
        rest = 1 - filled - holes
        print(f"{label:<26} {flight:>9.1f} {filled:>7.0%} {holes:>6.0%} {rest:>8.0%}")

    print(f"\n{'blocks as it grows':<26} {'in flight':>9} {'filled':>7} {'again':>6} {'empty':>8}")
    # Smaller blocks waste less, and the spare slots decide what a full memory costs: `again` is the
    # work of prefilling texts that had been thrown out, as a share of all slots of the trace.
    uneven = 0.0
    for size in (1, 4, 16, 64):
        for spare in (0, 8) if size == BLOCK else (8,):
            flight, filled, again, empty = serve_paged(requests, size, spare)
            flights[size, spare] = (flight, filled, again / asked)
            uneven = max(uneven, abs(empty - (size - 1) / 2) / size)
            label = f"of {size}, {spare} slots spare"
            print(f"{label:<26} {flight:>9.1f} {filled:>7.0%} {again / asked:>6.0%} {empty:>8.1f}")

    # Who has to go? The oldest holds most and is next to leave; throwing it out loses all that.
    _, _, again, _ = serve_paged(requests, BLOCK, 0, victims=0)
    dearer = again / asked / flights[BLOCK, 0][2]
    print(f"{'of 16, 0, the oldest goes':<26} {'':>9} {'':>7} {again / asked:>6.0%}")

    # A check of the simulation itself, since a wrong one would flatter somebody.
    # The share that reserving the maximum fills can be said beforehand: a text lives one step a
    # letter of its answer and holds prompt, prompt + 1, .. slots in these steps.
    # A mean of the trace against the mean of a run; the run's beginning is emptier than its middle.
    lives = sum(answer for _, answer in requests)
    held = sum(prompt * answer + answer * (answer - 1) / 2 for prompt, answer in requests)
    predicted = held / lives / MAXIMUM
    miss = abs(flights["the maximum"][1] - predicted)

    # The last block of a prompt that isn't full is shared too, until somebody writes: of four
    # writers three make a copy, and the last one finds itself alone and writes in place. With a
    # prompt that ends on a block nobody copies anything.
    # Four answers to a prompt. Shared: the full blocks of the prompt, once. Own: the rest.
    print(f"\n{'four answers of 20 to a':<26} {'blocks':>9} {'unshared':>9} {'copies':>7}")
    told = {}
    for prompt in (40, 48):
        blocks, copies, apart = sample_answers(prompt, 4, 20)
        alone = 4 * math.ceil((prompt + 20) / BLOCK)
        expected = alone - 3 * (prompt // BLOCK)
        told[prompt] = (copies, apart, blocks - expected)
        print(f"{f'prompt of {prompt}':<26} {blocks:>9} {alone:>9} {copies:>7}")
    off = max(abs(off) for _, _, off in told.values())
    # The trap: a fork that only counts and doesn't copy. Each text then reads what the last writer
    # left in the shared block.
    _, _, corrupted = sample_answers(40, 4, 20, copy_on_write=False)
    print(f"the same without copying: attention off by {corrupted:.2f}")

    # The last question is where B comes from.
    # Small blocks waste little and need long tables, large ones the reverse.
    # Which block size wastes least? A text of n slots loses (B - 1) / 2 slots and pays n / B table
    # entries. The sum is least at B = sqrt(2 n entry / slot).
    # (B - 1) / 2 slots and n / B entries: the derivative in B is slot / 2 - n entry / B^2.
    # With entries of 8 bytes, 1,000 slots a text, and keys and values of 8 heads in 32 layers:
    best = math.sqrt(2 * 1000 * 8 / (2 * 32 * 8 * 128 * 2))
    print(f"block that wastes least memory, Llama 3 8B: {best:.2f} slots")
    # Below one slot means: as small as can be. Kernels want 16 or more, for wide reads, and so the
    # waste is bought on purpose.
    # That attention looks at the keys at all: of two, a_0 = 1 / (1 + exp(q . (k_1 - k_0) / sqrt(d))).
    (query, k0), (k1, _) = draw_slot(), draw_slot()
    lead = sum(q * (b - a) for q, a, b in zip(query, k0, k1)) / math.sqrt(SIZE)
    astray = abs(attend(query, [(k0, [1.0]), (k1, [0.0])])[0] - 1 / (1 + math.exp(lead)))
    print(f"time: {time.perf_counter() - start:.1f} s")
    paged, eager = flights[BLOCK, 8], flights[BLOCK, 0]
    gain, over = (paged[0] / flights[label][0] for label in ("the maximum", "the final length"))
    exact = max(apart for _, apart, _ in told.values())
    return verdict(
        [
            ("attention through tables against lists", gap, "< 1e-9", gap < 1e-9),
            ("share of one of two keys, miss of logistic", astray, "< 1e-12", astray < 1e-12),
            ("the same after forks", exact, "< 1e-9", exact < 1e-9),
            ("slots refused by a full pool", refused, "> 0", refused > 0),
            ("accounts that don't balance", unbalanced, "0", unbalanced == 0),
            ("blocks held when all texts are gone", left, "0", left == 0),
            ("most empty slots of a text", waste, f"< {BLOCK}", waste < BLOCK),
            ("mean empty slots, miss of (B - 1) / 2, in B", uneven, "< 0.05", uneven < 0.05),
            ("filled when reserving the maximum, miss", miss, "< 0.05", miss < 0.05),
            ("in flight, blocks over the maximum", gain, "> 2", gain > 2),
            ("in flight, blocks over the final length", over, "> 1.2", over > 1.2),
            ("filled by blocks of 16", paged[1], "> 0.8", paged[1] > 0.8),
            ("computed again, no spare slots", eager[2], "> 5 x spare", eager[2] > 5 * paged[2]),
            ("computed again, oldest out over youngest", dearer, "> 1.2", dearer > 1.2),
            ("blocks that sharing should need, miss", off, "0", off == 0),
            ("copies for 4 answers, prompt of 40", told[40][0], "3", told[40][0] == 3),
            ("copies for 4 answers, prompt of 48", told[48][0], "0", told[48][0] == 0),
            ("error when a shared block isn't copied", corrupted, "> 0.01", corrupted > 0.01),
            ("best block for Llama 3 8B, by memory alone", best, "< 1", best < 1),
        ]
    )


# -- Verdict ----------------------------------------------------------------------------------


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
