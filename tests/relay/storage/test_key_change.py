"""A relay's key changed in order: what lies in the folder, also where it broke off."""

import os
from pathlib import Path

import pytest

from miaohui.promise.succession import predecessors
from miaohui.relay.storage import keys
from miaohui.relay.storage.keys import (
    KEY_FILE,
    STEPS_FILE,
    KeyFault,
    forget_former,
    kept_secret,
    load_key,
    next_key,
    rotate_key,
)

UTC = "2026-11-30T12:00:00.000Z"


def test_a_new_key_follows(tmp_path: Path) -> None:
    file = tmp_path / KEY_FILE
    first = load_key(file)
    salt = kept_secret(tmp_path, first)
    second = rotate_key(file, UTC)
    third = rotate_key(file, UTC)
    assert predecessors(third.steps, third.public_hex) == (second.public_hex, first.public_hex)
    assert load_key(file) == third or load_key(file).public_hex == third.public_hex
    assert [key.key_id for key in third.former] == [second.key_id, first.key_id]
    assert third.of_session(first.key_id).public_hex == first.public_hex
    assert third.of_session("0" * 16) is third
    # What is made with the relay's secret goes on being the same.
    assert kept_secret(tmp_path, third) == salt
    if os.name == "posix":
        assert {file.stat().st_mode & 0o077 for file in tmp_path.iterdir()} == {0}


def test_former_keys_go_when_nothing_needs_them(tmp_path: Path) -> None:
    file = tmp_path / KEY_FILE
    first, second = load_key(file), rotate_key(file, UTC)
    assert forget_former(file, second, {first.key_id}).former
    assert load_key(file).former
    assert not forget_former(file, second, set()).former
    left = load_key(file)
    assert (left.former, len(left.steps)) == ((), 1)


@pytest.mark.parametrize("at", ["write the statements", "take over"])
def test_a_change_that_broke_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: str) -> None:
    file = tmp_path / KEY_FILE
    first = load_key(file)
    with monkeypatch.context() as patched:

        def stop(*_args: object) -> None:
            raise OSError("the machine stopped")

        if at == "take over":
            patched.setattr(keys, "_take_over", stop)
        else:
            real = keys._write

            def write(path: Path, data: bytes) -> None:
                if path.name == STEPS_FILE:
                    raise OSError("the machine stopped")
                real(path, data)

            patched.setattr(keys, "_write", write)
        with pytest.raises(OSError, match="stopped"):
            rotate_key(file, UTC)
    again = load_key(file)
    if at == "take over":
        assert again.public_hex != first.public_hex
        assert [step.key for step in again.steps] == [first.public_hex]
    else:
        assert (again.public_hex, again.steps) == (first.public_hex, ())
    assert rotate_key(file, UTC).steps[:-1] == again.steps


def test_another_key_put_there_by_hand_has_no_past(tmp_path: Path) -> None:
    file = tmp_path / KEY_FILE
    load_key(file)
    rotate_key(file, UTC)
    file.unlink()
    assert load_key(file).steps == ()


def test_a_relay_that_runs_takes_up_only_what_follows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / KEY_FILE
    first = load_key(file)
    assert next_key(file, first) is None

    def stop(*_args: object) -> None:
        raise OSError("the machine stopped")

    with monkeypatch.context() as patched:
        patched.setattr(keys, "_take_over", stop)
        with pytest.raises(OSError, match="stopped"):
            rotate_key(file, UTC)
    assert next_key(file, first) is None  # under way: whoever began it, or the next start, ends it
    assert keys._read_key(file).public_hex == first.public_hex
    load_key(file)
    third = rotate_key(file, UTC)
    found = next_key(file, first)
    assert found is not None
    assert found.public_hex == third.public_hex
    assert found.of_session(first.key_id).public_hex == first.public_hex
    file.unlink()
    with pytest.raises(KeyFault, match="gone"):
        next_key(file, first)
    load_key(file)
    with pytest.raises(KeyFault, match="does not follow"):
        next_key(file, first)
