"""A linear program with whole numbers, in HiGHS: one thread, no gap allowed, the same answer every time."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import inf
from time import monotonic

import highspy
import numpy as np

_WHOLE, _REAL = highspy.HighsVarType.kInteger, highspy.HighsVarType.kContinuous


class Deadline:
    """When solving must stop. Seconds from now; None for never."""

    def __init__(self, seconds: float | None) -> None:
        self._end = None if seconds is None else monotonic() + seconds

    @property
    def left(self) -> float:
        """Seconds that are left, none below zero."""
        return inf if self._end is None else max(0.0, self._end - monotonic())

    def share(self, part: int, whole: int) -> "Deadline":
        """A deadline for one part of what is left to do."""
        return self if self._end is None else Deadline(self.left * part / whole)


@dataclass(frozen=True, slots=True)
class Found:
    """What the solver found. `values` is empty if nothing was; `proved` if that is the best there is, or that there is
    nothing; `bound`: nothing better than this exists."""

    values: Sequence[float]
    proved: bool
    bound: float


class Program:
    """Minimises. Columns and rows are added, and may be changed between two calls of `solve`."""

    def __init__(self) -> None:
        self._solver = highspy.Highs()  # type: ignore[no-untyped-call]
        options = {"output_flag": False, "threads": 1, "mip_rel_gap": 0.0, "mip_abs_gap": 1e-6}
        for name, value in options.items():
            self._solver.setOptionValue(name, value)
        self._whole: list[int] = []

    def column(self, lower: float, upper: float, *, cost: float = 0.0, whole: bool = False) -> int:
        """Adds a column; its number."""
        self._solver.addVar(lower, upper)
        number = int(self._solver.getNumCol()) - 1
        self._solver.changeColCost(number, cost)
        if whole:
            self._whole.append(number)
            self._solver.changeColIntegrality(number, _WHOLE)
        return number

    def row(self, lower: float, upper: float, terms: Mapping[int, float]) -> int:
        """Adds a row; its number."""
        columns, factors = np.fromiter(terms, np.int32, len(terms)), np.fromiter(terms.values(), np.double, len(terms))
        self._solver.addRow(lower, upper, len(terms), columns, factors)
        return int(self._solver.getNumRow()) - 1

    def bounds(self, column: int, lower: float, upper: float) -> None:
        """Changes the bounds of a column."""
        self._solver.changeColBounds(column, lower, upper)

    def row_bounds(self, row: int, lower: float, upper: float) -> None:
        """Changes the bounds of a row."""
        self._solver.changeRowBounds(row, lower, upper)

    def minimise(self, terms: Mapping[int, float]) -> None:
        """Changes what is minimised to these terms alone."""
        for column in range(self._solver.getNumCol()):
            self._solver.changeColCost(column, terms.get(column, 0.0))

    def relax(self, columns: Iterable[int]) -> None:
        """Lets columns be any number again."""
        for column in columns:
            self._solver.changeColIntegrality(column, _REAL)

    def start(self, values: Sequence[float]) -> None:
        """Offers values of all columns to begin from."""
        solution = highspy.HighsSolution()
        solution.col_value = list(values)
        self._solver.setSolution(solution)

    def solve(self, deadline: Deadline) -> Found:
        """The least value there is, or what was found by the deadline."""
        self._solver.setOptionValue("time_limit", min(deadline.left, 1e9))
        self._solver.run()
        status, info = self._solver.getModelStatus(), self._solver.getInfo()
        solved = status == highspy.HighsModelStatus.kOptimal
        nothing = status == highspy.HighsModelStatus.kInfeasible
        any_found = info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
        values = list(self._solver.getSolution().col_value) if any_found and not nothing else []
        # An optimum is its own bound; a linear program that was stopped has none.
        bound = info.objective_function_value if solved else info.mip_dual_bound if self._whole else -inf
        return Found(values, solved or nothing, bound)
