"""The planned looks at a run while it goes on: where a target's verdict stands, its rest is not bought."""

from miaohui.checks.analysis.analyse import FolderUnreadable, analyse
from miaohui.checks.plan.plan import Plan
from miaohui.checks.record.course import Course
from miaohui.checks.record.folder import RunFolder
from miaohui.checks.results import ClaimVerdict, Results
from miaohui.checks.run.slotrun import RunControl


class Looking:
    """Looks by the same analysis that writes the report."""

    def __init__(self, plan: Plan, folder: RunFolder, control: RunControl) -> None:
        self._plan, self._folder, self._control = plan, folder, control

    def take(self, course: Course) -> None:
        """A slot is over: where looks were planned, this may be one."""
        target = course.slot.target
        if self._plan.claim.looks < 2 or target in self._control.decided:
            return
        results = self._analysed()
        for each in () if results is None else results.targets:
            if each.target == target and each.verdict is not ClaimVerdict.NOT_ENOUGH:
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
