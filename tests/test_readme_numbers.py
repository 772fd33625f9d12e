"""The figures README quotes are those of the code it stands beside: seed 1, the default replications."""

from datetime import date
from pathlib import Path

import numpy as np
import pytest
from histories import history, recorded

README = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")
YEAR_2024 = (date(2024, 1, 1), date(2024, 12, 31))


@pytest.fixture(scope="module")
def baseline():
    return history("baseline", 100)


def brief(value: float) -> str:
    if value >= 99_500:
        return f"{value / 1e6:.2f}M"
    return "0" if value < 1 else f"{value / 1e3:.0f}k" if value >= 9_950 else f"{value / 1e3:.1f}k"


def interval(values: np.ndarray) -> str:
    low, middle, high = (brief(value) for value in np.quantile(values, (0.05, 0.5, 0.95)))
    return f"{middle} ({low} to {high})"


def test_every_recorded_quarter_stands_beside_what_the_code_gives(baseline):
    for row in recorded():
        start, end = date.fromisoformat(row["start"]), date.fromisoformat(row["end"])
        quarter = f"Q{(start.month + 2) // 3} {start.year}"
        line = next(line for line in README.splitlines() if line.startswith(f"| {row['chip']} | {quarter} |"))
        assert interval(baseline.total("deliveries", start, end, chip=row["chip"], origin="legal")) in line


def test_the_headline_figures_are_the_codes(baseline):
    quoted = {
        "chips in China, end of 2024": baseline.level("stock", date(2024, 12, 31)),
        "H20 delivered in 2024 (S3-10: 1.0M)": baseline.total("deliveries", *YEAR_2024, chip="H20", origin="legal"),
        "Huawei's output in 2024 (calibrated; Z2: 0.40M, 0.20M to 0.51M)": baseline.total(
            "produced", *YEAR_2024, maker="huawei"
        ),
        "H100-equivalents by TPP, end of 2024": baseline.level("stock_h100e_tpp", date(2024, 12, 31)),
    }
    for words, values in quoted.items():
        assert f"| {words} | {interval(values)} |" in README
