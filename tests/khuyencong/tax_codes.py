"""Tax codes that pass every check and belong to nobody in particular."""

from stdnum.vn import mst

LAST_SEED = 999_999


def make_tax_code(seed: int) -> str:
    """A valid code of 10 digits, another one for every seed from 1 to LAST_SEED."""
    if not 1 <= seed <= LAST_SEED:
        raise ValueError(f"No tax code for seed {seed}")
    # One body in eleven asks for a check digit of 10 and has no code; the next body then has one.
    bodies = (f"21{seed:06d}{last}" for last in range(10))
    return next(code for code in (body + mst.calc_check_digit(body) for body in bodies) if len(code) == 10)
