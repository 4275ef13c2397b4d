"""The commands that open the application: serve, worker."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

Data = Annotated[
    Path | None,
    typer.Option("--data", help="Folder that holds everything; default: BALM_DATA, else balm-data."),
]
Host = Annotated[str, typer.Option(help="Address to listen on. Others reach it only by names in BALM_HOSTS.")]
Port = Annotated[int, typer.Option(min=0, max=65535, help="0 takes one that is free.")]
Jobs = Annotated[int | None, typer.Option(min=1, max=64, help="Processes an analysis may use; one a core.")]


def serve(
    data: Data = None,
    host: Host = "127.0.0.1",
    port: Port = 8000,
    jobs: Jobs = None,
    worker: Annotated[bool, typer.Option(help="Do the work here too, or leave it to `balm worker`.")] = True,
    owner: Annotated[str, typer.Option(help="E-mail address of the first user.")] = "owner@localhost",
) -> None:
    """Open the application: web pages, and a worker that does what they ask for.

    The first start prints a link that signs the owner in, once. Stop it with Ctrl-C; nothing is lost.
    """
    from balm.web.site import server

    _use(jobs)
    server.check_host(host)
    server.start(data)
    web = server.Server(host, port, worker=worker)
    print(f"Balm is at {web.address}/", flush=True)
    server.warn_without_assets()
    if link := server.first_link(owner):
        print(f"sign in, once, within the hour: {web.address}{link}", flush=True)
    web.run()


def worker(data: Data = None, jobs: Jobs = None) -> None:
    """Do work for an application that is served elsewhere, on the same folder and database."""
    from balm.web.site import server

    _use(jobs)
    server.start(data)
    print("waiting for work", file=sys.stderr, flush=True)
    server.run_worker()


def _use(jobs: int | None) -> None:
    import os

    if jobs is not None:
        os.environ["BALM_JOBS"] = str(jobs)
