"""The command line. `main` is the entry point: 0 done, 2 wrong use, 3 input refused."""

from __future__ import annotations

import os
import sys


def main() -> None:
    """Run `balm`; an error Balm raises on purpose becomes one line on stderr and an exit code."""
    # one thread per process is several times cheaper than many on a busy machine; set before NumPy is loaded
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(name, "1")
    from balm.core.errors import BalmError, InputRefused

    try:
        from balm.cli.commands import app

        try:
            app()
        finally:
            sys.stdout.flush()  # here, where a reader that has left is no error, and not at the very end
    except BalmError as error:
        print(f"balm: {error}", file=sys.stderr)
        sys.exit(3 if isinstance(error, InputRefused) else 2)
    except SystemExit as end:
        if not isinstance(end.__context__, BrokenPipeError):
            raise
        _reader_has_left()
    except BrokenPipeError:
        _reader_has_left()
    except KeyboardInterrupt:  # while modules are loaded; later ones Typer turns into the same code
        sys.exit(130)
    except OSError as error:
        # a full disk, a folder one may not write to; what cannot be read is refused above, by name
        print(f"balm: {error.strerror or error}{f': {error.filename}' if error.filename else ''}", file=sys.stderr)
        sys.exit(2)


def _reader_has_left() -> None:
    """`balm … | head`: end quietly."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(0)
