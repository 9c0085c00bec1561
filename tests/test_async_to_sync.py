"""The synchronous variants of the template are those that the asynchronous ones give."""

from async_to_sync import VARIANTS, derived


def test_every_synchronous_variant_is_derived() -> None:
    variants = {path: path.read_text("utf-8") for path in VARIANTS.glob("**/sync/*.py")}
    assert variants == derived(), "run `make sync`"
