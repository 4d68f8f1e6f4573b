"""Rules for all of this process's connections to databases, ours and those of the queue's library.

Importing it is enough: errors tell no values, a server that takes no writes counts as away, and no statements are prepared on a server.
"""

from __future__ import annotations

import sqlalchemy as sa

READ_ONLY = "25006"  # PostgreSQL's word for a write to a server that takes none, as a primary that was demoted


def _tell_no_values(context: sa.engine.ExceptionContext) -> None:
    """An error says what failed and why, not with which values: rows hold webhooks' tokens and callers' own data, and errors are logged."""
    failure, error = context.sqlalchemy_exception, context.original_exception
    if failure is None:
        return
    failure.hide_parameters = True
    # PostgreSQL's first line is general; those after it (DETAIL, CONTEXT) quote keys, whole rows and documents
    general = getattr(getattr(error, "diag", None), "message_primary", None)
    if general is not None:
        failure.args = (str(failure.args[0]).replace(str(error), general),)
        error.args = (general,)


def _notice_read_only(context: sa.engine.ExceptionContext) -> sa.exc.OperationalError | None:
    """A server that takes no writes is away for us, with its connections: new ones may lead to the primary."""
    error = context.original_exception
    if getattr(error, "sqlstate", None) != READ_ONLY:
        return None
    context.is_disconnect = True
    return sa.exc.OperationalError(
        context.statement, context.parameters, error, hide_parameters=True, connection_invalidated=True
    )


def _prepare_no_statements(
    dialect: sa.Dialect, record: object, arguments: list[object], options: dict[str, object]
) -> None:
    """A statement that is prepared belongs to a connection of the server, which a pooler between may give to another client with the next transaction."""
    del record, arguments
    if dialect.driver == "psycopg":
        options["prepare_threshold"] = None  # else from the fifth time on, by names that every process counts from 0


# of every engine in this process: the queue's library opens its own, which have to be as silent as ours and wait as they do
for _listener in (_tell_no_values, _notice_read_only):
    sa.event.listen(sa.Engine, "handle_error", _listener)
sa.event.listen(sa.Engine, "do_connect", _prepare_no_statements)
