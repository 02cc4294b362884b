from __future__ import annotations

import ctypes
import errno
import mmap
import os

import pytest

from pinfold.sandbox import kernel_files


def address_of(buffer, at=0):
    return ctypes.addressof(ctypes.c_char.from_buffer(buffer, at))


@pytest.mark.parametrize("length", [0, 1, 255, 256, 257, 4_000, 4_095])
@pytest.mark.parametrize("offset", [0, 3_900, 4_095])
def test_a_path_is_read_up_to_its_zero_byte(length, offset):
    memory = mmap.mmap(-1, 3 * mmap.PAGESIZE)
    text = bytes(1 + number % 255 for number in range(length))
    memory[offset : offset + length + 4] = text + b"\0xx\0"
    assert kernel_files.read_text(os.getpid(), address_of(memory, offset)) == text


def test_a_path_without_an_end_and_one_that_is_nowhere():
    memory = mmap.mmap(-1, 3 * mmap.PAGESIZE)
    memory[:] = b"a" * len(memory)
    for address, number in ((address_of(memory), errno.ENAMETOOLONG), (1, errno.EFAULT), ((1 << 64) - 8, errno.EFAULT)):
        with pytest.raises(OSError, match=os.strerror(number)):
            kernel_files.read_text(os.getpid(), address)


def test_a_path_may_end_where_memory_does():
    memory = mmap.mmap(-1, mmap.PAGESIZE)
    memory[-4:] = b"end\0"
    assert kernel_files.read_text(os.getpid(), address_of(memory, mmap.PAGESIZE - 4)) == b"end"


def test_links_of_the_kernels_own_are_not_followed(tmp_path):
    with (
        (tmp_path / "file").open("w", encoding="utf-8") as file,
        pytest.raises(OSError, match=os.strerror(errno.ELOOP)),
    ):
        path = f"/proc/self/fd/{file.fileno()}".encode()
        kernel_files.open_at(-100, path, os.O_PATH, resolve=kernel_files.RESOLVE_NO_MAGICLINKS)


def test_a_link_itself_gets_other_times_and_owners(tmp_path):
    (tmp_path / "link").symlink_to("nowhere")
    held = os.open(tmp_path / "link", os.O_PATH | os.O_NOFOLLOW)
    kernel_files.change_times(held, (5).to_bytes(8, "little") + bytes(8) + (6).to_bytes(8, "little") + bytes(8))
    kernel_files.change_owner(held, os.getuid(), -1)
    assert os.lstat(tmp_path / "link").st_mtime == 6
    kernel_files.change_times(held, None)
    assert os.lstat(tmp_path / "link").st_mtime > 1e9
    os.close(held)


def test_another_name_and_a_move(tmp_path):
    (tmp_path / "a").write_text("a")
    folder, held = os.open(tmp_path, os.O_PATH), os.open(tmp_path / "a", os.O_PATH)
    kernel_files.link_at(held, folder, b"b")
    kernel_files.rename_at(folder, b"a", folder, b"c", 0)
    with pytest.raises(FileExistsError):
        kernel_files.rename_at(folder, b"b", folder, b"c", 1)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["b", "c"]
    os.close(folder)
    os.close(held)
