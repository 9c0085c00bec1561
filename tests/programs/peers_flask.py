"""The library with a transaction for each request: it begins before it, and ends at its teardown.

No handler of errors sees an error of COMMIT, so the teardown logs it and rolls back.
Run in the environment of a project, with its settings: `gunicorn "peers_flask:serve()"`.
"""

from typing import Any

from flask import Flask, g, request
from my_app import queries
from my_app.config import Settings
from my_app.engine import make_engine
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import sessionmaker


def make_app(engine: Engine) -> Flask:
    """Return the application on an engine."""
    make_session = sessionmaker(engine)
    app = Flask(__name__)

    @app.before_request
    def begin() -> None:
        g.session = make_session()

    @app.teardown_request
    def end(error: BaseException | None) -> None:
        with g.session as session:
            try:
                if error is None:
                    session.commit()
            except SQLAlchemyError:
                app.logger.exception("the transaction was rolled back")

    @app.get("/health")
    def health() -> dict[str, Any]:
        return {}

    @app.get("/books")
    def page_of_books() -> list[dict[str, Any]]:
        return [
            {
                "id": book.id,
                "title": book.title,
                "price": str(book.price),
                "author": book.author.name,
            }
            for book in queries.page_of_books(g.session, int(request.args.get("after", 0)))
        ]

    @app.post("/books/<int:book_id>/lend")
    def lend_book(book_id: int) -> dict[str, int]:
        return {"copies": queries.lend_book(g.session, book_id)}

    @app.post("/books/<int:book_id>/return")
    def return_book(book_id: int) -> tuple[str, int]:
        queries.return_book(g.session, book_id)
        return "", 204

    return app


def serve() -> Flask:
    """Return the application on the engine of the project."""
    return make_app(make_engine(Settings()))
