"""What is computed on boxes: overlaps within each picture, and cuttings."""

from __future__ import annotations

import pytest
import torch

from clipzy.networks.boxes import MOST_AT_ONCE, cut_out, without_overlaps


def greedy(boxes, scores, rows, most):
    """The definition, one box after the other, the surest first."""
    kept = []
    for at in scores.argsort(descending=True).tolist():
        if all(rows[at] != rows[surer] or overlap(boxes[at], boxes[surer]) <= most for surer in kept):
            kept.append(at)
    return kept


def overlap(one, other):
    """Intersection over union."""
    shared = (torch.minimum(one[2:], other[2:]) - torch.maximum(one[:2], other[:2])).clamp(min=0).prod()
    return shared / ((one[2:] - one[:2]).prod() + (other[2:] - other[:2]).prod() - shared)


@pytest.mark.parametrize("most", [0.5, 0.7])
@pytest.mark.parametrize("count", [0, 1, 200])
def test_of_two_that_overlap_in_a_picture_the_surer_one_is_kept(count, most):
    """Those of other pictures count for nothing, wherever they lie, outside of the picture too."""
    chance = torch.Generator().manual_seed(count)
    corners = torch.rand(count, 2, generator=chance) * 60 - 20
    boxes = torch.cat([corners, corners + 20 + torch.rand(count, 2, generator=chance) * 20], dim=1)
    scores, rows = torch.rand(count, generator=chance), torch.randint(0, 3, (count,), generator=chance)
    assert without_overlaps(boxes, scores, rows, most).tolist() == greedy(boxes, scores, rows, most)


def test_more_boxes_than_are_compared_at_once_are_kept_alike():
    """Apart from each other by picture: each box is there in three of them, and four times in each."""
    places = torch.arange(MOST_AT_ONCE // 12 + 1)
    boxes = torch.stack([places * 10, places * 0, places * 10 + 8, places * 0 + 8], dim=1).float().repeat(12, 1)
    rows = torch.arange(12).repeat_interleave(len(places)) % 3
    scores = torch.linspace(1, 0, len(boxes))
    assert len(boxes) > MOST_AT_ONCE
    assert without_overlaps(boxes, scores, rows, 0.5).tolist() == list(range(3 * len(places)))


def test_what_lies_in_a_box_is_averaged_where_it_is_made_smaller():
    """A slope stays one, at the middles of the pixels that it becomes; each box is of the picture that its row says."""
    slope = torch.arange(64).float().expand(1, 3, 48, 64)
    cut = cut_out(torch.cat([slope, slope + 100]), torch.tensor([1, 0]), torch.tensor([[8.0, 4, 40, 36]] * 2), 8)
    assert cut.shape == (2, 3, 8, 8)
    middles = 8 + 4 * torch.arange(8) + 1.5
    torch.testing.assert_close(cut, torch.stack([middles + 100, middles])[:, None, None].expand(2, 3, 8, 8))
