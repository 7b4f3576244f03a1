"""Components beside each other in one row are never more than fit."""

import pytest

from metric_library.leaf_groups import COLUMNS_AT_ONCE, at_once


@pytest.mark.parametrize("count", [0, 1, COLUMNS_AT_ONCE, COLUMNS_AT_ONCE + 1, 3 * COLUMNS_AT_ONCE])
def test_every_member_is_in_one_part_and_no_part_is_too_wide(count: int):
    members = list(range(count))
    parts = list(at_once(members))
    assert [one for part in parts for one in part] == members
    assert all(0 < len(part) <= COLUMNS_AT_ONCE for part in parts)
    assert len(parts) == -(-count // COLUMNS_AT_ONCE)
