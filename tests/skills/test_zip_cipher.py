"""Members of ZIP archives in AES; the archives were made by pyzipper 0.4.0 with the password ``kestrel-9``."""

from __future__ import annotations

import base64
import io
import time
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinfold.skills.zip_cipher import MAX_BYTES, METHOD, opened

CONTENT = b"#!/bin/sh\nuptime --pretty # a row of words, a row of words\n"
ARCHIVES = {
    128: (
        'P)h>@6aWDLV*n8|c3l7f002Y)0027x000F53jk+tE^}xBnFjy@06|3o2ml#j>2$IYO_^3~dAyL02$Z7xZ;k-Y3&Q&2RA|i(i_?_!'
        '2oAQoDBc6isPMo0w{LF3CQNJB_J)}@83-oTcT`Dd^?*=I0Rj{Q6aWDLV*n8|c3l7f002Y)0027x000F53jhEB00000004ji00000'
        'XKyZZXaSiA00IC(MF9u^P)h{{000000RRC2J^%m!asU7T000'
    ),
    192: (
        'P)h>@6aWDLV*n8|c3l7f002_}0027x000F53jk+tE^}xBnFjy@06|3p000vLy<7Cl9QL;{E~1pmO>Uboa93hYCNvb~CMt9AD22$Y'
        '(p^W=(kis13vUy^pI-WVpliZ0LHw4nZS%<OX$uiFoQG5soc)h@wu0Rk(O_ZuA5cpH0u%!j0097F01-2GT>t<808;<}06PEx00jUG'
        '00000000000Du7i0001IZ!U9a0htE?0suip0ssI|O9ci1000010096#0001i0000000'
    ),
    256: (
        'P)h>@6aWDLV*n8|c3l7f002w?0027x000F53jk+tE^}xBnFjy@06|3q2mp7{H&?f~2_@~nsw$!rO(cLkN1d5a5T^KQOBYP@mz%Ju'
        '-kjmuNMcppcHO%iQR%^IN8@qdJzVc2@J5lKbCUokQW#kbx4`hI?L|;a0Rj{Q6aWDLV*n8|c3l7f002w?0027x000F53jhEB00000'
        '004ji00000XKyZZXaSiA00IC(MFR)`P)h{{000000RRC2J^%m!dH?_b000'
    ),
}  # fmt: skip


def archive(bits: int = 256) -> tuple[bytes, zipfile.ZipInfo]:
    data = base64.b85decode(ARCHIVES[bits])
    (info,) = zipfile.ZipFile(io.BytesIO(data)).infolist()
    assert info.compress_type == METHOD
    return data, info


@pytest.mark.parametrize("bits", ARCHIVES)
def test_a_member_is_opened_with_its_password(bits):
    data, info = archive(bits)
    assert opened(data, info, "kestrel-9", 1_000) == CONTENT
    assert opened(data, info, "kestrel-9", 10) == CONTENT[:10]
    assert opened(data, info, "kestrel-8", 1_000) is None


def test_a_changed_member_stays_shut():
    data, info = archive()
    at = 30 + len(info.filename) + 11 + 20
    assert opened(data[:at] + bytes((data[at] ^ 1,)) + data[at + 1 :], info, "kestrel-9", 1_000) is None


def test_a_long_member_stays_shut():
    data, info = archive()
    info.compress_size = MAX_BYTES + 1
    begin = time.process_time()
    assert opened(data, info, "kestrel-9", 1_000) is None
    assert time.process_time() - begin < 1


@given(st.binary(max_size=300), st.binary(max_size=40), st.integers(0, 400), st.integers(0, 400))
def test_any_bytes_are_read(data, extra, offset, size):
    info = zipfile.ZipInfo("a")
    info.extra, info.header_offset, info.compress_size = extra, offset, size
    assert opened(b"PK\x03\x04" + data, info, "x", 100) is None
    info.extra = b"\x01\x99\x07\0\x02\0AE\x03\x08\0"
    assert opened(b"PK\x03\x04" + data, info, "x", 100) is None
