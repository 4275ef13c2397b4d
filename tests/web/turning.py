"""A clock that tests turn, for the processes that are started with it: real ones, with the code as it is."""

from __future__ import annotations

import datetime as dt
import os
import shutil
import struct
import subprocess
from dataclasses import dataclass
from pathlib import Path

SOURCE = Path(__file__).with_name("clock.c")
COMPILER = shutil.which("cc") or shutil.which("gcc")
MISSING = "NO C COMPILER: tests/setup.sh installs one, for the clock that tests turn"


@dataclass(frozen=True)
class TurnedClock:
    """`environment`: what a process needs to see this clock."""

    file: Path
    library: Path

    @property
    def environment(self) -> dict[str, str]:
        return {"LD_PRELOAD": str(self.library), "BALM_TEST_CLOCK": str(self.file)}

    @property
    def offset(self) -> float:
        return float(struct.unpack("d", self.file.read_bytes())[0])

    def turn(self, seconds: float) -> None:
        """Put the clock so many seconds beyond (or before) where it stands."""
        self._set(self.offset + seconds)

    def turn_to(self, moment: dt.datetime) -> None:
        """Put the clock to `moment`, from where it runs on."""
        self._set((moment - dt.datetime.now(dt.UTC)).total_seconds())

    def now(self) -> dt.datetime:
        return dt.datetime.now(dt.UTC) + dt.timedelta(seconds=self.offset)

    def _set(self, offset: float) -> None:
        with self.file.open("r+b") as file:  # in place: the processes have it mapped
            file.write(struct.pack("d", offset))
            file.flush()
            os.fsync(file.fileno())


def make(folder: Path) -> TurnedClock:
    """A clock that shows the machine's time. Its library is compiled into `folder`."""
    assert COMPILER, MISSING
    folder.mkdir(parents=True, exist_ok=True)
    library, file = folder / "clock.so", folder / "clock"
    subprocess.run([COMPILER, "-O2", "-shared", "-fPIC", "-o", library, SOURCE, "-ldl"], check=True)
    file.write_bytes(struct.pack("d", 0.0))
    return TurnedClock(file, library)
