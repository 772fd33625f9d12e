"""What training lacks, in one unit: H100-equivalents by training value, of research and of clusters alike."""

import numpy as np
import pytest
from yards import model, yard

TRAINING = np.array([[1.0, 0.0], [0.0, 0.2]])
"""By training value of the two kinds of chips, on stacks of their own: one of the second kind is worth a fifth."""


@pytest.mark.parametrize(("stack", "worth"), [("cuda", 100.0), ("cann", 40.0), ("rocm", 100.0)])
def test_a_cluster_waited_for_counts_what_its_chips_give_in_training(stack, worth):
    """100 H100s by arithmetic are 100 chips of the first kind or 200 of the second; none is known on the third."""
    built = yard([], [[0, 0], [0, 0]])
    assert built.queue(model(), stack).worth(TRAINING) == pytest.approx(worth)
