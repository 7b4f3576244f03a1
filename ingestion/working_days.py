"""Which days people work: in China by the State Council's holidays and make-up days, elsewhere Monday
to Friday.
"""

from __future__ import annotations

from datetime import date

import chinese_calendar

# Time zones where the Chinese State Council's holidays and make-up days are the working calendar.
CHINESE_TIME_ZONES = {
    "Asia/Shanghai", "Asia/Urumqi", "Asia/Chongqing", "Asia/Chungking", "Asia/Harbin", "Asia/Kashgar", "PRC",
}  # fmt: skip


def working_day(day: date, time_zone: str) -> tuple[bool, str | None]:
    """Whether people work on a day, and the holiday that it is or makes up for.

    Beyond the years whose decree is out, Monday to Friday are workdays in China too.
    """
    if time_zone in CHINESE_TIME_ZONES:
        try:
            _, name = chinese_calendar.get_holiday_detail(day)
            return chinese_calendar.is_workday(day), name
        except NotImplementedError:  # the decree for that year is not out yet
            pass
    return day.weekday() < 5, None
