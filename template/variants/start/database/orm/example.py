{% from 'template/facts.jinja' import sa with context %}
EXAMPLE = {
    QUERIES: '''"""Every query. The caller begins the transaction, and commits."""
import datetime, decimal, uuid
from collections.abc import Sequence
from sqlalchemy import select
from sqlalchemy.orm import joinedload
from {{ sa.session_module }} import {{ sa.Session }}
from .models import {model}

{{ sa.async }}def get_{name}(session: {{ sa.Session }}, key: {kind}) -> {model} | None:
    """Return the row with this key."""
    return {{ sa.await }}session.get({model}, key)

{{ sa.async }}def list_{names}(session: {{ sa.Session }}, limit: int = 100) -> Sequence[{model}]:
    """Return the first rows by key, with `{item}` loaded."""
    statement = select({model}).options(joinedload({model}.{item}))
    rows = {{ sa.await }}session.scalars(statement.order_by({model}.{key}).limit(limit))
    return rows.all()
''',
    TESTS: """import datetime, decimal, uuid
from {{ sa.session_module }} import {{ sa.Session }}
from {{ package_name }} import models, queries

{{ sa.async }}def test_queries_of_{name}(session: {{ sa.Session }}) -> None:
    session.add({name} := {row})
    {{ sa.await }}session.commit()
    assert {{ sa.await }}queries.get_{name}(session, {name}.{key}) is {name}
    session.expire_all()
    [{name}] = {{ sa.await }}queries.list_{names}(session)
    assert {name}.{item} is not None
""",
}
