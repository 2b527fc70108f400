"""Notice that the source is down, so that a command does not ask for hundreds of days."""

from core.model.errors import PaperboyError, SettingsError, SourceRejected, SourceUnavailable
from handler.cli import terminal

MOST_IN_A_ROW = 5


class Outage:
    """Counts the days in a row that the source did not answer, or refused."""

    def __init__(self) -> None:
        self._in_a_row = 0
        self._has_wrong_setting = False

    @property
    def is_lasting(self) -> bool:
        """Whether the command should not ask for more days."""
        return self._has_wrong_setting or self._in_a_row >= MOST_IN_A_ROW

    def note(self, error: PaperboyError | None) -> None:
        """Note how a day ended: with an error, or without one.

        Recorded answers may lack days: that does not count. A wrong setting is wrong on every day.
        """
        self._has_wrong_setting |= isinstance(error, SettingsError)
        is_refused = isinstance(error, SourceRejected) and error.url.startswith("http")
        if isinstance(error, SourceUnavailable) or is_refused:
            self._in_a_row += 1
        else:
            self._in_a_row = 0

    def error(self, days_left: int) -> PaperboyError:
        """Return the error that says why the other days were not tried."""
        days = f"{terminal.counted(days_left, 'day')} not tried"
        if self._has_wrong_setting:
            return SettingsError(f"{days}: correct the setting and run the same command again")
        return SourceUnavailable(
            f"{MOST_IN_A_ROW} days in a row had no answer; {days}: run the same command again later"
        )
