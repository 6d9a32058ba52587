"""A text as the label rules read it: folded, cut into tokens, and each known word one symbol.

Rules are patterns over these symbols, so one of them covers every spelling of a word: homophones,
other scripts, letters spaced or replaced. Which words there are is data (`words` of a rule file); in
it `[ab]` stands for one of the characters, `(one|two|)` for one of the parts, `_` for a space.
"""

import itertools
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Final, NamedTuple

_FIRST_SYMBOL: Final = 0xE000
# What a token is that no word of the rules covers, or that is no word.
PLAIN: Final = ("x", "latin", "id", "digits", "num", "mobile", "comma", "stop", "ask", "quote")
_BREAKS: Final = ("comma", "stop", "ask")
_TOKEN: Final = re.compile(
    r"[a-z0-9_]+(?:'[a-z]+)?|[\u3400-\u9fff]|[?!。;；,，、\n+@:♥\"“”「」『』]|\.(?=[\s\"”」]|$)"
    r"|[^\W\d_a-z\u3400-\u9fff]+"
)
_SIGNS: Final = {
    ",": "comma",
    "，": "comma",
    "、": "comma",
    "?": "ask",
    **dict.fromkeys("!。;；\n.", "stop"),
    **dict.fromkeys('"“”「」『』', "quote"),
}
_NUMERALS: Final = {
    **{char: str(i % 10) for i, char in enumerate("零一二三四五六七八九〇壹贰叁肆伍陆柒捌玖")},
    "两": "2",
    "幺": "1",
    "o": "0",
}
_ENGLISH_NUMERALS: Final = {
    name: str(i)
    for i, name in enumerate(
        ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
    )
} | {"oh": "0", "double": ""}
_DIGITS: Final = frozenset("0123456789") | frozenset(_NUMERALS) - {"o"}
_NUMBER_AT: Final = 5
_MOBILE: Final = re.compile(r"(?:86)?1[3-9]\d{9,10}")
_READ_OUT: Final = re.compile(r"1[3-9]\d{3,}")
_SPACED: Final = re.compile(r"(?<![a-z0-9'])[a-z](?:[ ._*/|~'-]{1,3}[a-z](?![a-z0-9])){2,}")
_LEET: Final = str.maketrans("013457@$", "oieastas")
_LEET_L: Final = str.maketrans("013457@$", "oleastas")
_DISGUISED: Final = re.compile(r"[a-z][0-9@$][a-z]")
_MIXED: Final = re.compile(r"[a-z_]*\d[a-z0-9_]*|[a-z0-9]+_[a-z0-9_]*|_[a-z0-9_]+")
_GLUED: Final = re.compile(r"(vx|wx|qq|tg|v|q|vv|wechat|weixin|wexin)(\d[a-z0-9_]{3,}|_[a-z0-9_]+)")
_GLUED_TAIL: Final = re.compile(r"(\d+)([a-z]+)")
_ALTERNATIVES: Final = re.compile(r"\[([^]]+)\]|\(([^)]*)\)|([^[(]+)")


class Node:
    """A node of the trie: the tokens that may follow, and the symbol of the word that ends here."""

    __slots__ = ("after", "symbol")

    def __init__(self) -> None:
        self.after: dict[str, Node] = {}
        self.symbol = ""


class Words(NamedTuple):
    """A trie of tokens, of which `trie` holds the first ones. A class has a
    symbol for each set of classes that some word belongs to; `plain` are those of no word."""

    trie: dict[str, Node]
    symbols: dict[str, str]
    plain: dict[str, str]
    known: frozenset[str]


class Reading(NamedTuple):
    """A text's symbols, and from which to which token each one reaches."""

    symbols: str
    starts: list[int]
    tokens: list[str]

    def piece(self, start: int, end: int) -> str:
        """The words, as they were read, that symbols start to end stand for."""
        return self.words(*self.span(start, end))

    def span(self, start: int, end: int) -> tuple[int, int]:
        """From which to which token symbols start to end reach."""
        count = len(self.tokens)
        first = self.starts[start] if start < len(self.starts) else count
        return first, self.starts[end] if end < len(self.starts) else count

    def words(self, first: int, last: int) -> str:
        """Tokens first to last, side by side."""
        return _joined(self.tokens[first:last])


def expanded(pattern: str) -> Iterator[str]:
    """Every word that a word pattern of the rule file stands for."""
    parts: list[list[str]] = []
    for chars, choices, plain in _ALTERNATIVES.findall(pattern):
        parts.append(list(chars) if chars else [plain] if plain else choices.split("|"))
    for chosen in itertools.product(*parts):
        yield "".join(chosen).replace("_", " ")


def words_of(classes: Mapping[str, Iterable[str]], folds: Mapping[int, str | None]) -> Words:
    """The trie of all words; one may belong to several classes."""
    of_word: dict[tuple[str, ...], frozenset[str]] = {}
    for name, lines in classes.items():
        for pattern in itertools.chain.from_iterable(line.split() for line in lines):
            for word in expanded(pattern):
                tokens = tokens_of(folded(word, folds))
                if not tokens:
                    raise ValueError(f"{pattern!r} of {name} is no word")
                of_word[tokens] = of_word.get(tokens, frozenset()) | {name}
    sets = [frozenset((name,)) for name in PLAIN]
    sets += sorted(set(of_word.values()) - set(sets), key=sorted)
    symbol = {each: chr(_FIRST_SYMBOL + i) for i, each in enumerate(sets)}
    root = Node()
    for tokens, names in of_word.items():
        node = root
        for token in tokens:
            node = node.after.setdefault(token, Node())
        node.symbol = symbol[names]
    symbols = {
        name: "".join(char for names, char in symbol.items() if name in names)
        for name in {*PLAIN, *classes}
    }
    plain = {name: symbol[frozenset((name,))] for name in PLAIN}
    return Words(root.after, symbols, plain, frozenset(map(_joined, map(list, of_word))))


def folded(text: str, folds: Mapping[int, str | None]) -> str:
    """NFKC, case folded, simplified, look-alikes replaced, invisible characters gone."""
    if text.isascii():
        return text.casefold()
    return unicodedata.normalize("NFKC", text).casefold().translate(folds)


def folds_of(simplified: str, alike: Mapping[str, str], gone: str) -> dict[int, str | None]:
    """The table for `folded`: pairs of traditional and simplified, look-alikes, what to leave out."""
    table: dict[int, str | None] = {ord("’"): "'", ord("‘"): "'", ord("`"): "'"}
    pairs = simplified.replace(" ", "")
    table |= {ord(a): b for a, b in zip(pairs[::2], pairs[1::2], strict=True)}
    for one, chars in alike.items():
        table |= {ord(char): one for char in chars}
    for first in (0x1F130, 0x1F150, 0x1F170, 0x1F1E6):
        table |= {first + i: chr(ord("a") + i) for i in range(26)}
    table |= {ord(char): None for char in gone}
    table |= dict.fromkeys((0x20E3, *range(0xFE00, 0xFE10), *range(0x1F3FB, 0x1F400)))
    table |= dict.fromkeys((*range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2070)))
    return table


@lru_cache(maxsize=16)  # a message's words are asked for by its labels and by its fingerprint
def tokens_of(plain: str) -> tuple[str, ...]:
    """A folded text's words, Han characters and stops, in order; separators count as nothing."""
    if _SPACED.search(plain) is not None:
        plain = _SPACED.sub(lambda m: re.sub(r"[^a-z]", "", m.group()), plain)
    return tuple(_TOKEN.findall(plain))


def read(plain: str, words: Words) -> Reading:
    """The symbols of a folded text."""
    tokens = list(tokens_of(plain))
    if _DISGUISED.search(plain) is not None:
        tokens = [_undisguised(token, words) for token in tokens]
    symbols: list[str] = []
    starts: list[int] = []
    names, trie = words.plain, words.trie
    unknown = names["x"]
    at, count = 0, len(tokens)
    while at < count:
        token = tokens[at]
        node = trie.get(token)
        found, length = "", 0
        ahead = at
        while node is not None:
            ahead += 1
            if node.symbol:
                found, length = node.symbol, ahead - at
            node = node.after.get(tokens[ahead]) if ahead < count else None
        if length < 2 and (token[0] in _DIGITS or token in _ENGLISH_NUMERALS):
            digits, end = _digits(tokens, at)
            if len(digits) >= _NUMBER_AT:
                found = names["mobile" if _MOBILE.fullmatch(digits) else "num"]
                if "幺" in tokens[at:end] and _READ_OUT.match(digits):
                    found = names["mobile"]
                length = end - at
        if not length:
            if token in _SIGNS:
                found = names[_SIGNS[token]]
            elif token.isascii() and token not in "+@:":
                pieces = _parts(token, words)
                if pieces is not None:
                    tokens[at : at + 1] = pieces
                    count = len(tokens)
                    continue
                found = names[_kind(token)]
            else:
                found = unknown
            length = 1
        symbols.append(found)
        starts.append(at)
        at += length
    return Reading("".join(symbols), starts, tokens)


def _digits(tokens: list[str], at: int) -> tuple[str, int]:
    """The digits that stand from a token on, and where they end."""
    digits = ""
    for end in range(at, len(tokens)):
        token = tokens[end]
        if token.isdecimal() and token.isascii():
            digits += token
        elif token in _NUMERALS:
            digits += _NUMERALS[token]
        elif token in _ENGLISH_NUMERALS:
            digits += _ENGLISH_NUMERALS[token]
        elif token == "+" and not digits:
            continue
        else:
            return digits, end
    return digits, len(tokens)


@lru_cache(maxsize=4096)
def _kind(token: str) -> str:
    if token.isdecimal():
        return "num" if len(token) >= _NUMBER_AT else "digits"
    return "id" if _MIXED.fullmatch(token) and len(token) > 3 else "latin"


def _parts(token: str, words: Words) -> list[str] | None:
    """The tokens that one of letters and digits is made of, or that it disguises; None for none."""
    if token.isalpha() or token.isdecimal():
        return None
    glued = _GLUED.fullmatch(token) or _GLUED_TAIL.fullmatch(token)
    if glued is not None and (glued[1].isdecimal() is False or glued[2] in words.trie):
        return [glued[1], glued[2]]
    for table in (_LEET, _LEET_L):
        meant = token.translate(table)
        if meant != token and len(meant) > 3 and meant in words.trie:
            return [meant]
    return None


def _undisguised(token: str, words: Words) -> str:
    """The word that letters and digits stand for, as in "st4rs", where it is one and they are not."""
    if token in words.trie or not token.isascii() or token.isalpha() or token.isdecimal():
        return token
    parts = None if _GLUED.fullmatch(token) else _parts(token, words)
    return parts[0] if parts is not None and len(parts) == 1 else token


def _joined(tokens: list[str]) -> str:
    """Tokens side by side, Latin words apart."""
    text = ""
    for token in tokens:
        text += (
            " " + token
            if text
            and token[0].isascii()
            and text[-1].isalnum()
            and (token[0].isalnum() and text[-1].isascii())
            else token
        )
    return text.replace("\n", " ")


_NAMED: Final = re.compile(r"<([^>]*)>|\{(\w+)\}|\s+")


def compiled(pattern: str, words: Words, parts: Mapping[str, str]) -> re.Pattern[str]:
    """A pattern over symbols. `<a|b>` is one word of these classes, `<!a|b>` one of none of them,
    `<~4>` up to 4 tokens without a stop or comma, `<-4>` up to 4 without a stop, `{name}` a part."""

    def classes(names: str) -> str:
        return "".join(words.symbols[name] for name in names.split("|"))

    def symbol(match: re.Match[str]) -> str:
        inside, part = match.groups()
        if part is not None:
            return f"(?:{_NAMED.sub(symbol, parts[part])})"
        if inside is None:
            return ""
        if inside[0] in "~-":
            stops = _BREAKS if inside[0] == "~" else ("stop", "ask")
            return f"[^{classes('|'.join(stops))}]{{0,{int(inside[1:])}}}"
        return f"[^{classes(inside[1:])}]" if inside[0] == "!" else f"[{classes(inside)}]"

    return re.compile(_NAMED.sub(symbol, pattern))


_ELEMENT: Final = re.compile(r"(<[^>]*>|\{[a-z]\w*\}|\(\?[:!]|\)|\||[$^])([?*+]|\{\d*,?\d*\})?")

_MAYBE: Final = frozenset(f"{{0,{i}}}" for i in range(100))


def firsts(pattern: str, words: Words, parts: Mapping[str, str]) -> frozenset[str]:
    """The symbols with which what a pattern matches can begin."""
    every = frozenset("".join(words.symbols.values()))
    plain = re.sub(r"\s+", "", pattern)

    def branches(text: str, at: int) -> tuple[frozenset[str], bool, int]:
        """The symbols, whether nothing is enough, and where the branches end."""
        found: frozenset[str] = frozenset()
        begins, empty_branch = True, False
        while at < len(text):
            match = _ELEMENT.match(text, at)
            if match is None:
                raise ValueError(f"{pattern!r} cannot be read at {text[at:]!r}")
            element, count = match.groups()
            at = match.end()
            if element == ")":
                # Its count belongs to whoever opened it.
                return found, empty_branch or begins, match.end(1)
            if element == "|":
                empty_branch, begins = empty_branch or begins, True
                continue
            inner: frozenset[str] = frozenset()
            empty = True
            if element in ("(?:", "(?!"):
                inner, empty, at = branches(text, at)
                if element == "(?!":
                    continue
                quantified = re.compile(r"[?*+]|\{\d*,?\d*\}").match(text, at)
                count = None if quantified is None else quantified.group()
                at = at if quantified is None else quantified.end()
            elif element[0] == "{":
                inner, empty, _ = branches(re.sub(r"\s+", "", parts[element[1:-1]]), 0)
            elif element[0] == "<" and element[1] in "~-!":
                inner, empty = every, element[1] != "!"
            elif element[0] == "<":
                names = element[1:-1].split("|")
                inner, empty = frozenset("".join(words.symbols[name] for name in names)), False
            if begins:
                found |= inner
                begins = empty or ((count is not None and count[0] in "?*") or count in _MAYBE)
        return found, empty_branch or begins, at

    found, empty, _ = branches(plain, 0)
    return every if empty else found
