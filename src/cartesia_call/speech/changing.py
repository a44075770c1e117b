"""Something that grows while others use it, and tells them."""

from __future__ import annotations

from collections.abc import Callable


class Changing:
    """Listeners are called synchronously after each change, in the order they subscribed."""

    def __init__(self) -> None:
        self._listeners: list[Callable[[], None]] = []

    def subscribe(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call `listener` after each change; the returned function ends that."""
        self._listeners.append(listener)
        return lambda: self._forget(listener)

    def _forget(self, listener: Callable[[], None]) -> None:
        if listener in self._listeners:
            self._listeners.remove(listener)

    def _tell(self) -> None:
        for listener in tuple(self._listeners):
            listener()

    def _tell_last(self) -> None:
        """Nothing changes any more: the listeners are told, and let go."""
        self._tell()
        self._listeners.clear()
