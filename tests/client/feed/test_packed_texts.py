"""PackedTexts: what goes in comes out, from the newest stretch and from those that are packed."""

import random
import tracemalloc

from hypothesis import given
from hypothesis import strategies as st

from miaohui.client.feed.packed_texts import OPEN, STRETCH, PackedTexts


@given(st.lists(st.one_of(st.text(), st.text().map(lambda text: text * 3_000)), max_size=40))
def test_what_goes_in_comes_out(said: list[str]) -> None:
    texts = PackedTexts()
    for text in said:
        texts.append(text)
    assert len(texts) == len(said)
    assert [texts[index] for index in range(len(said))] == said


def test_any_text_is_found_however_one_jumps() -> None:
    texts, draw = PackedTexts(), random.Random(5)
    said = [f"{number} " + "长" * draw.randrange(200) + "\ud83d" for number in range(4_000)]
    for text in said:
        texts.append(text)
    for _ in range(4_000):
        index = draw.randrange(len(said))
        assert texts[index] == said[index]


def test_what_lies_back_is_packed_and_little_of_it_unpacked() -> None:
    words = [chr(0x4E00 + number) for number in range(2_000)]
    draw = random.Random(5)
    said = ["".join(draw.choices(words[: draw.choice((60, 2_000))], k=18)) for _ in range(20_000)]
    size = sum(len(text.encode()) for text in said)
    tracemalloc.start()
    texts = PackedTexts()
    for text in said:
        texts.append(text)
    for index in range(0, len(said), 200):
        assert texts[index] == said[index]
    used, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert used < 0.75 * size + (OPEN + 2) * 2 * STRETCH
