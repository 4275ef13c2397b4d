"""How far the filled cells of a workbook's sheets reach, told from their XML without building them."""

from __future__ import annotations

import re

_ROW = re.compile(rb"<(?:\w+:)?row[^>]{0,200}?\sr=[\"'](\d{1,7})")
_FAR = re.compile(rb"\sr=[\"']([A-Z]{2,3})(\d{1,7})")
_OVERLAP = 256


class Extent:
    """The widest sheet seen. Cells in the first 26 columns are not looked at: they cannot make a sheet too large."""

    def __init__(self) -> None:
        self.rows = self.columns = self.cells = 0
        self.begin()

    def begin(self) -> None:
        """A sheet begins."""
        self._rest, self._row, self._column = b"", 0, 26

    def see(self, data: bytes) -> None:
        """A piece of the sheet's XML."""
        data = self._rest + data
        self._rest = data[-_OVERLAP:]
        at = data.rfind(b"<row") if b"<row" in data else data.rfind(b":row")
        rows = _ROW.findall(data, max(0, at - 8)) if at >= 0 else []
        far = set(_FAR.findall(data))
        self._row = max(self._row, *map(int, rows), *(int(row) for _, row in far), 0)
        self._column = max(self._column, *map(_number, {letters for letters, _ in far}), 0)
        if self._row * self._column > self.cells:
            self.rows, self.columns, self.cells = self._row, self._column, self._row * self._column


def _number(letters: bytes) -> int:
    """A → 1, Z → 26, AA → 27."""
    number = 0
    for letter in letters:
        number = 26 * number + letter - 64
    return number
