"""What one message may cost: steps, characters, and as a backstop processor time and memory.

Role: count what the templates of one message do, and end the render that does too much.
Invariant: steps and characters depend on the template and its values alone, so a render that
exceeds them fails everywhere and always. They are charged before the work is done, in proportion
to the operands, because nothing can stop a thread inside one operation. A step stands for about a
microsecond: `bench/render_charges.py` compares the two.
It must not know Liquid's syntax, or how time and memory are measured.
"""

from typing import Protocol

from liquid.exceptions import ResourceLimitError
from liquid.token import Token

from functions.mail.errors import RenderInterruptedError

STEPS_MAX = 100_000
OUTPUT_CHARS_MAX = 1_000_000
"""What the templates of a message write, including what they capture. Python may need four bytes
for each character, several times over until the message is encoded: `MEMORY_BYTES_MAX` in all."""
BODY_SHARE = 2
"""A message renders its body twice, as HTML and as text: each may use half."""
VALUE_CHARS_MAX = 256_000
"""The size of the longest text or list that a filter may read or return, and of all variables."""
NUMBER_BITS_MAX = 1_024
"""Of whole numbers; other numbers end there, too."""
PROCESSOR_SECONDS_MAX = 0.25
MEMORY_BYTES_MAX = 32_000_000
"""What a render holds at once; `harness/hoarding_emails.py` shows that steps and characters keep
it below. As a backstop, a render ends if its process has grown by more."""

CHARS_PER_STEP = 32
ITEM_CHARS = 32
"""What an item of a list counts besides its own characters: a step."""
_NUMBER_CHARS = 8
_CONTAINER_CHARS = 64
_STEPS_PER_LOOK = 5_000
_SEARCHED_PER_STEP = 1_000
_SOUGHT_CHARS_MAX = 128
"""From this length of the text that is sought, a search takes no longer."""
_TOO_MANY_STEPS = "the template takes too many steps; it repeats too much, or with too long values"
_TOO_LONG = "the template produces too long a text"
_TOO_LARGE = "a number in the template is too large"


class Gauge(Protocol):
    """What a render takes of its machine."""

    def seconds(self) -> float:
        """The processor time that the calling thread has used."""

    def resident_bytes(self) -> int:
        """The memory of this process; 0 if it is not known."""


class Budget:
    """What is left for one message; its templates, captures and loops share it."""

    __slots__ = ("_gauge", "_next_look", "_resident_bytes", "_started", "chars_left", "steps_left")

    def __init__(self, gauge: Gauge | None = None, *, share: int = 1) -> None:
        self.steps_left = STEPS_MAX // share
        self.chars_left = OUTPUT_CHARS_MAX // share
        self._gauge = gauge
        self._started = gauge.seconds() if gauge is not None else 0.0
        self._resident_bytes = 0
        self._next_look = self.steps_left - _STEPS_PER_LOOK

    def charge(self, steps: int, token: Token | None = None) -> None:
        self.steps_left -= steps
        if self.steps_left < self._next_look:
            self._look(token)

    def _look(self, token: Token | None) -> None:
        if self.steps_left < 0:
            raise ResourceLimitError(_TOO_MANY_STEPS, token=token)
        self._next_look = max(0, self.steps_left - _STEPS_PER_LOOK)
        if self._gauge is not None:
            self._measure(self._gauge)

    def _measure(self, gauge: Gauge) -> None:
        """Growth counts from the first look, so that usual messages, which end before it, do not
        pay for measuring. Another thread may be what grew: the message is only deferred."""
        if gauge.seconds() - self._started > PROCESSOR_SECONDS_MAX:
            raise RenderInterruptedError("rendering took too much processor time")
        resident_bytes = gauge.resident_bytes()
        self._resident_bytes = self._resident_bytes or resident_bytes
        if resident_bytes - self._resident_bytes > MEMORY_BYTES_MAX:
            raise RenderInterruptedError("rendering took too much memory")

    def spend(self, text: str) -> str:
        """Charge for `text`, which goes into the output, and return it."""
        self.chars_left -= len(text)
        if self.chars_left < 0:
            raise ResourceLimitError(_TOO_LONG, token=None)
        return text

    def charge_value(self, value: object) -> int:
        """Charge for handling `value` once, and refuse it if it is too large to keep. Returns its
        size."""
        if isinstance(value, int) and value.bit_length() > NUMBER_BITS_MAX:
            raise ResourceLimitError(_TOO_LARGE, token=None)
        size = size_chars(value)
        self.charge_chars(size)
        return size

    def keep(self, value: object) -> None:
        """Charge for `value`, and count it as output, because it is kept to the end."""
        self.chars_left -= self.charge_value(value)
        if self.chars_left < 0:
            raise ResourceLimitError(_TOO_LONG, token=None)

    def charge_chars(self, chars: int) -> None:
        """Charge for handling that many characters once, and refuse to make so many."""
        self.charge(1 + chars // CHARS_PER_STEP)
        if chars > VALUE_CHARS_MAX:
            raise ResourceLimitError(_TOO_LONG, token=None)

    def charge_search(self, chars: int, sought_chars: int) -> None:
        """Charge for the search of a text in others that have `chars` characters together."""
        self.charge_product(chars, 1 + min(sought_chars, _SOUGHT_CHARS_MAX))

    def charge_product(self, chars: int, times: int) -> None:
        """Charge for looking at `chars` characters or items so many times."""
        self.charge(chars * times // _SEARCHED_PER_STEP)


def size_chars(value: object) -> int:
    """The size of a value in characters, with all that it contains."""
    if isinstance(value, str):
        return len(value)
    if isinstance(value, list | tuple):
        return _CONTAINER_CHARS + ITEM_CHARS * len(value) + sum(map(size_chars, value))
    if isinstance(value, dict):
        inside = sum(ITEM_CHARS + size_chars(key) + size_chars(it) for key, it in value.items())
        return _CONTAINER_CHARS + inside
    if isinstance(value, range):
        return _NUMBER_CHARS * len(value)
    return _NUMBER_CHARS
