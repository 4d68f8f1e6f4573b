"""Puts the REST API together: routes, errors, and what every request passes through."""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import partial

from fastapi import FastAPI
from fastapi.routing import APIRoute

from clipzy import __version__
from clipzy.api import artifacts, events, failures, health, jobs, metrics, video_files, videos, webhooks
from clipzy.api.access import Access
from clipzy.api.bodies import BodyLimit, LingeringClose
from clipzy.api.console import serving as console
from clipzy.api.cross_origin import CrossOrigin, named_origins
from clipzy.api.documentation import Document, declare_headers, declare_tokens, order_parameters, restore_nulls
from clipzy.api.failures import LastResort
from clipzy.api.following import Following
from clipzy.api.foreign_pages import ForeignPages
from clipzy.api.forms import MOST_BESIDE
from clipzy.api.health import Checks
from clipzy.api.hosts import HostCheck, own_names
from clipzy.api.large_bodies import BodyChecks
from clipzy.api.rate_limit import RateLimit
from clipzy.api.reference import serving as reference
from clipzy.api.request_log import RequestLog
from clipzy.api.room import Room
from clipzy.api.security_headers import SecurityHeaders
from clipzy.api.services import Services
from clipzy.api.stored import Stored
from clipzy.api.thumbnails import Thumbnails
from clipzy.api.turns import turns_here
from clipzy.api.uploads import Uploads
from clipzy.jobs.url_guard import allowed_networks
from clipzy.settings import Settings
from clipzy.tokens import are_of_several, parse_tokens

ROUTERS = (
    health.router,
    videos.router,
    video_files.router,
    jobs.router,
    events.router,
    webhooks.router,
    artifacts.router,
    metrics.router,
    console.router,
    reference.router,
)

DESCRIPTION = """
Learns the style of one video and applies it to another.

Upload a template and your footage, create a job, follow it, and download the output and the Style DNA.
Every JSON response has the same envelope: `success`, `message`, and `data` or `error` with a stable `code`.
"""

TAGS = [
    {"name": "videos", "description": "Uploads: templates and footage."},
    {"name": "jobs", "description": "Create and follow jobs."},
    {"name": "files", "description": "Outputs of jobs."},
    {"name": "health", "description": "For operators."},
]

_DOCUMENTING = threading.Lock()  # nobody may be given half of the document


def create_app(services: Services) -> FastAPI:
    """The API as an ASGI app; it uses the services, and does not close them.

    Raises:
        ConfigurationError: API_TOKENS, ALLOWED_HOSTS or WEBHOOK_ALLOWED_NETWORKS cannot be read.
    """
    allowed_networks(services.settings.webhook_allowed_networks)  # read with each URL; a fault shows at once
    app = FastAPI(
        title="Clipzy ML Engine",
        version=__version__,
        description=DESCRIPTION,
        openapi_tags=TAGS,
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
        webhooks=webhooks.calls,
        openapi_url=None,  # the framework's route makes the document while every other request waits; `reference` does not
        docs_url=None,  # its pages fetch their scripts from another host; `reference` does not
        redoc_url=None,
        redirect_slashes=False,
        separate_input_output_schemas=False,
        lifespan=_lifespan,
    )
    app.state.services = services
    stored = Stored(services.objects)
    app.state.stored = stored
    several_owners = are_of_several(parse_tokens(services.settings.api_tokens.get_secret_value()))
    room, turns = _room(services.settings, several_owners=several_owners), turns_here(several_owners=several_owners)
    app.state.uploads = Uploads(services, stored, room, turns)
    app.state.thumbnails = Thumbnails(services, stored, room, turns)
    app.state.checks = Checks(services)
    app.state.body_checks = BodyChecks()
    app.state.following = Following(services.store)
    metrics.begin_counters()
    for router in ROUTERS:
        app.include_router(router)
    app.openapi = partial(_document, app)  # type: ignore[method-assign] # FastAPI's documented way to extend it
    failures.install(app, _allowed_methods)
    _add_middleware(app, services.settings)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    uploads: Uploads = app.state.uploads
    sweeping = asyncio.create_task(uploads.keep_sweeping(), name="sweep-uploads")
    try:
        yield
    finally:
        sweeping.cancel()
        with suppress(asyncio.CancelledError):
            await sweeping


def _room(settings: Settings, *, several_owners: bool) -> Room:
    """The room for uploads; where several owners share it, each is sure of enough for one."""
    each_bytes = (settings.max_file_size_mb << 20) + MOST_BESIDE
    return Room(settings.max_incoming_mb << 20, each_bytes if several_owners else None)


def _add_middleware(app: FastAPI, settings: Settings) -> None:
    """What every request passes through; the first to be added is the innermost."""
    app.add_middleware(LastResort)
    app.add_middleware(BodyLimit, unbounded=frozenset({videos.UPLOAD_PATH}))
    limit = RateLimit(settings.rate_limit_per_minute) if settings.rate_limit_per_minute else None
    accepted = parse_tokens(settings.api_tokens.get_secret_value())
    origins = named_origins(settings.cors_origins)
    if not accepted:
        app.add_middleware(ForeignPages, origins=origins)
    app.add_middleware(Access, accepted=accepted, limit=limit)
    if (names := own_names(settings, has_tokens=bool(accepted))) is not None:
        app.add_middleware(HostCheck, names=names)
    app.add_middleware(LingeringClose)
    if origins:
        app.add_middleware(CrossOrigin, origins=origins)
    app.add_middleware(SecurityHeaders)
    app.add_middleware(RequestLog)


def _document(app: FastAPI) -> Document:
    with _DOCUMENTING:
        if app.openapi_schema is None:
            document = FastAPI.openapi(app)  # which FastAPI then keeps
            restore_nulls(document, _routes())
            declare_tokens(document)
            declare_headers(document)
            order_parameters(document)
    assert app.openapi_schema is not None
    return app.openapi_schema


def _allowed_methods(path: str) -> frozenset[str]:
    """The methods of all routes that match a path, or of those with exactly this path where there are any."""
    found = [route for route in _routes() if re.match(route.path_regex, path)]
    found = [route for route in found if route.path == path] or found
    return frozenset[str]().union(*(route.methods or () for route in found))


def _routes() -> list[APIRoute]:
    return [route for router in ROUTERS for route in router.routes if isinstance(route, APIRoute)]
