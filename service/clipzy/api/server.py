"""The HTTP server under the API: how it reads requests, and how it stops."""

from __future__ import annotations

import asyncio
import socket

import uvicorn
from fastapi import FastAPI

from clipzy.api.bodies import LINGER_S
from clipzy.api.following import Following
from clipzy.api.head_limit import HeadLimit

GRACEFUL_S = 30  # for requests under way when the API is asked to stop: ordinary uploads end in it
# Of an idle connection. Longer than proxies keep theirs (nginx: 60 s): one that sends a POST over a connection that we have just closed answers
# 502, since it may not send it again.
KEEP_ALIVE_S = 75


class Server(uvicorn.Server):
    """uvicorn's server, for an app of `create_app`.

    Asked to stop, it ends streams of events at once, since clients connect again, and gives all other requests `GRACEFUL_S` seconds. What
    is left then is refused by `failures.LastResort`, and read for `LINGER_S` seconds more, so that a client that still sends sees that.
    """

    def __init__(self, app: FastAPI, host: str, port: int) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                host=host,
                port=port,
                http=HeadLimit,
                ws="none",
                log_config=None,
                access_log=False,  # the app writes a line of its own for each request
                server_header=False,
                timeout_keep_alive=KEEP_ALIVE_S,
                timeout_graceful_shutdown=GRACEFUL_S,
            )
        )
        self._following: Following = app.state.following

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop in good order."""
        self._following.end()
        await super().shutdown(sockets)
        if cut := set(self.server_state.tasks):
            await asyncio.wait(cut, timeout=LINGER_S)
