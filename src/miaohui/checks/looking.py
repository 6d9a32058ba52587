"""The planned looks at a run while it goes on: where a target's verdict stands, its rest is not bought."""

from miaohui.checks.analysis import FolderUnreadable, analyse
from miaohui.checks.course import Course
from miaohui.checks.folder import RunFolder
from miaohui.checks.plan import Plan
from miaohui.checks.results import Results, Verdict
from miaohui.checks.sitting import Control


class Looking:
    """Looks by the same analysis that writes the report."""

    def __init__(self, plan: Plan, folder: RunFolder, control: Control) -> None:
        self._plan, self._folder, self._control = plan, folder, control

    def take(self, course: Course) -> None:
        """A slot is over: where looks were planned, this may be one."""
        target = course.slot.target
        if self._plan.claim.looks < 2 or target in self._control.decided:
            return
        results = self._analysed()
        for each in () if results is None else results.targets:
            if each.target == target and each.verdict is not Verdict.NOT_ENOUGH:
                self._control.decided.add(target)

    def verdict(self) -> str:
        """Of the whole run as it stands; "" where it cannot be analysed."""
        results = self._analysed()
        return "" if results is None else results.verdict

    def _analysed(self) -> Results | None:
        try:
            return analyse(self._folder.path)
        except FolderUnreadable:
            return None
