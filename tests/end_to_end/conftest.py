"""A relay process for the tests that need real ones."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.client.world import RelayProcess


@pytest.fixture(scope="module")
def relay(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RelayProcess]:
    process = RelayProcess(Path(tmp_path_factory.mktemp("relay")))
    yield process
    process.stop()
