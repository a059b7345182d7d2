"""The handlers of all pages."""

from typing import Final

from litestar import Router
from litestar.di import Provide
from litestar.types import ControllerRouterHandler

from entrypoints.http.pages.actions import cancel, choose_language, delete, rename, retry, send_files, send_sample
from entrypoints.http.pages.assets import static_file
from entrypoints.http.pages.correct import correct_text, mark_reviewed, review_page
from entrypoints.http.pages.downloads import download_item, download_job
from entrypoints.http.pages.home import home
from entrypoints.http.pages.item import item_page
from entrypoints.http.pages.job import delete_page, job_page
from entrypoints.http.pages.keys import create_key, keys_page, revoke_key, rotate_key
from entrypoints.http.pages.login import login, logout, show_login
from entrypoints.http.pages.operation import status_page
from entrypoints.http.pages.rendering import pages_for
from entrypoints.http.pages.timeline import timeline_page
from entrypoints.http.pages.webhooks import (
    delete_webhook,
    deliveries_page,
    make_webhook,
    ping_webhook,
    send_again,
    webhooks_page,
)

_HANDLERS: Final[tuple[ControllerRouterHandler, ...]] = (
    static_file,
    home,
    send_files,
    send_sample,
    job_page,
    timeline_page,
    delete_page,
    download_job,
    item_page,
    download_item,
    correct_text,
    mark_reviewed,
    review_page,
    status_page,
    rename,
    cancel,
    retry,
    delete,
    choose_language,
    webhooks_page,
    make_webhook,
    deliveries_page,
    ping_webhook,
    delete_webhook,
    send_again,
)
#: The pages that there are only where keys are asked for.
_OF_KEYS: Final[tuple[ControllerRouterHandler, ...]] = (
    keys_page,
    create_key,
    rotate_key,
    revoke_key,
    show_login,
    login,
    logout,
)


def pages_router() -> Router:
    """Return the routes of all pages: together, because a path of two handlers would be registered twice."""
    return Router("/", route_handlers=_HANDLERS, dependencies={"pages": Provide(pages_for)})


def key_pages_router() -> Router:
    """Return the routes of the pages that there are only where keys are asked for."""
    return Router("/", route_handlers=_OF_KEYS, dependencies={"pages": Provide(pages_for)})
