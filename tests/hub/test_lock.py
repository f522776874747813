import os

import pytest

from hub.lock import holder_in

LOCKS = """\
1: POSIX  ADVISORY  WRITE 11 08:01:77 0 EOF
2: FLOCK  ADVISORY  WRITE 12 08:02:77 0 EOF
3: FLOCK  ADVISORY  WRITE 13 08:01:78 0 EOF
3: -> FLOCK  ADVISORY  WRITE 14 08:01:77 0 EOF
4: FLOCK  ADVISORY  WRITE 0 08:01:79 0 EOF
"""


@pytest.mark.parametrize(
    ("inode", "process"), [(77, None), (78, 13), (79, None), (80, None), (7, None)]
)
def test_holder_is_who_has_locked_this_very_file(inode: int, process: int | None) -> None:
    assert holder_in(LOCKS, device=os.makedev(8, 1), inode=inode) == process
