"""What earlier builds left in clear goes; nothing else does."""

from pathlib import Path

from miaohui.client.store.leftovers import sweep

COPY = "0123456789abcdef0123456789abcdef.png"


def folder(parent: Path, name: str, *files: str) -> Path:
    made = parent / name
    made.mkdir()
    for each in files:
        (made / each).write_bytes(b"words")
    return made


def test_folders_of_copies_go_and_all_others_stay(tmp_path: Path) -> None:
    left = folder(tmp_path, "miaohui-abc", COPY, COPY.replace("png", "webp"))
    others = [
        folder(tmp_path, "miaohui-evidence", COPY, "plan.toml"),
        folder(tmp_path, "miaohui-empty"),
        folder(tmp_path, "other-abc", COPY),
    ]
    elsewhere = folder(tmp_path, "photos", COPY)
    (tmp_path / "miaohui-link").symlink_to(elsewhere)
    assert sweep([tmp_path, tmp_path / "missing"]) == 1
    assert not left.exists()
    assert all(each.exists() for each in others)
    assert (elsewhere / COPY).exists()
