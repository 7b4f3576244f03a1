"""Customer service: tickets, their events and the ratings customers give.

The desk's agents answer first; what they cannot solve goes to technical support or to field service. The
ticket system exports a ticket whenever it changed, and every event of it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from ingestion.sample.calendar import days_of
from ingestion.sample.draws import key
from ingestion.sample.frames import (
    DAY,
    HOUR,
    NEVER,
    as_of,
    code,
    day_of,
    delayed,
    ident,
    latest,
    moment,
    named,
    running_numbers,
    utc,
    versions,
    with_duplicates,
    with_spoiled,
    working_moment,
)
from ingestion.sample.sales import Accounts, Rows
from ingestion.sample.world import World

PRIORITIES = ("low", "normal", "high", "urgent")
CHANNELS = ("email", "phone", "chat", "web", "wechat")
CATEGORIES = ("usage question", "malfunction", "calibration", "software", "spare part", "delivery", "invoice")
SLA_CHANGE = "2025-01-01"
RESPONSE_MINUTES = np.array([480, 240, 60, 30])
RESPONSE_MINUTES_LATER = np.array([480, 180, 60, 30])
RESOLUTION_MINUTES = np.array([7200, 4320, 1440, 480])
OUTSIDERS = [f"EXT-{number:02d}" for number in range(1, 8)]
SURVEYS = ["CSAT", "NPS", "follow_up"]
CSAT, NPS, FOLLOW_UP = range(3)
RATING_SHARES = [0.23, 0.06, 0.035, 0.675]
CALLED_BACK_AFTER = 3 * DAY
STATES = ["New", "In progress", "Waiting for customer", "Solved", "Closed", "Reopened"]
NEW, WORKING, WAITING, SOLVED, CLOSED, REOPENED = range(6)
EVENT_TYPES = ["created", "assigned", "status_changed", "contact"]
CREATED, ASSIGNED, CHANGED, CONTACT = range(4)
TICKET_MOMENTS = ("created", "responded", "solved", "reopened", "solved_again", "closed")
TICKET_FAULTS: list[dict[str, str | None]] = [
    {"Ticket": "TK-BAD-STATE", "State": "Parked"},
    {"Ticket": None},
    {"Ticket": "TK-BAD-TIME", "Opened": "2026-02-30T08:00:00Z"},
    {"Ticket": "TK-BAD-WAIT", "Waiting h": "-9999999999999.5"},
]


@dataclass
class Tickets:
    """Tickets opened in one month, with what becomes of each; people are indexes into the service's names."""

    ids: pl.Series
    keys: np.ndarray
    account: np.ndarray
    priority: np.ndarray
    channel: np.ndarray
    category: np.ndarray
    agent: np.ndarray
    handler: np.ndarray
    simple: np.ndarray
    automatic: np.ndarray
    contacts: np.ndarray
    created: np.ndarray
    responded: np.ndarray
    waits_from: np.ndarray
    waits_until: np.ndarray
    solved: np.ndarray
    reopened: np.ndarray
    solved_again: np.ndarray
    closed: np.ndarray
    only_events: np.ndarray


class Service:
    """The service process, month by month."""

    def __init__(self, world: World, accounts: Accounts) -> None:
        self.world = world
        self.accounts = accounts
        self.names = [*world.roster.ids, *OUTSIDERS]
        self.sla_change = pl.Series([SLA_CHANGE]).str.to_date().dt.epoch("d").item() * DAY

    def month(self, first: int) -> Rows:
        """Every row of the ticket system that follows from the tickets opened in one month."""
        tickets = self._tickets(first)
        return [
            ("tickets", self._ticket_rows(tickets)),
            ("ticket_events", self._event_rows(tickets)),
            ("ratings", self._rating_rows(tickets)),
            ("invitations", self._invitation_rows(tickets)),
        ]

    def _tickets(self, first: int) -> Tickets:
        draws = self.world.draws
        days = days_of(first)
        counts = self.world.births(
            "ticket", days, 1.1 * self.world.workload.tickets, ("hotline", "support", "field")
        )
        day, number = np.repeat(days, counts), running_numbers(counts)
        keys = key(day, number)
        created = working_moment(draws, "ticket/created", keys, day)
        night = draws.chance("ticket/night", keys, 0.07)
        created = np.where(night, moment(day, draws.integers("ticket/second", keys, 0, DAY)), created)
        category = draws.pick("ticket/category", keys, [26, 24, 14, 14, 10, 7, 5])
        priority = draws.pick("ticket/priority", keys, [20, 57, 18, 5])
        simple = draws.chance(
            "ticket/simple", keys, np.array([0.95, 0.62, 0.6, 0.76, 0.9, 0.95, 0.97])[category]
        )
        agent, handler = self._people(keys, day, category, simple)
        years = (day - self.world.start) / 365.25
        return Tickets(
            ids=ident("TK", day, number),
            keys=keys,
            account=self.accounts.pick("ticket/account", keys, day),
            priority=priority,
            channel=draws.pick("ticket/channel", keys, [30, 28, 20, 14, 8]),
            category=category,
            agent=agent,
            handler=handler,
            simple=simple,
            automatic=draws.chance("ticket/automatic", keys, np.clip(0.42 + 0.08 * years, 0, 0.9)),
            created=created,
            only_events=draws.chance("ticket/only_events", keys, 0.012),
            **self._course(keys, created, priority, simple, handler),
        )

    def _people(self, keys: np.ndarray, day: np.ndarray, category: np.ndarray, simple: np.ndarray):
        """Who answers and who solves; a few handlers are outsiders whom HR does not know, a few nobody."""
        draws, roster = self.world.draws, self.world.roster
        agent = roster.pick("hotline", day, draws.uniform("ticket/agent", keys))
        engineer = roster.pick("support", day, draws.uniform("ticket/engineer", keys))
        technician = roster.pick("field", day, draws.uniform("ticket/technician", keys))
        on_site = (category == CATEGORIES.index("calibration")) | draws.chance("ticket/on_site", keys, 0.3)
        handler = np.where(simple, agent, np.where(on_site, technician, engineer))
        outsider = len(roster.ids) + draws.integers("ticket/outsider", keys, 0, len(OUTSIDERS))
        handler = np.where(draws.chance("ticket/outside", keys, 0.012), outsider, handler)
        return agent, np.where(draws.chance("ticket/nobody", keys, 0.008), -1, handler)

    def _course(self, keys, created, priority, simple, handler) -> dict[str, np.ndarray]:
        """When a ticket is answered, waits, is solved, comes back and is closed."""
        draws, roster = self.world.draws, self.world.roster
        known = (handler >= 0) & (handler < len(roster.ids))
        ability = np.where(known, roster.ability[np.where(known, handler, 0)], 1.0)
        response = draws.lognormal("ticket/response", keys, 0.27 * RESPONSE_MINUTES[priority], 0.95)
        responded = created + np.maximum(60, response * 60).astype(np.int64)
        once = draws.chance(
            "ticket/once", keys, np.clip(np.where(simple, 0.765, 0.34) * ability**0.18, 0, 0.97)
        )
        contacts = np.where(once, 1, 2 + draws.counts("ticket/contacts", keys, np.full(len(keys), 0.9)))
        work = draws.lognormal(
            "ticket/work", keys, 0.3 * RESOLUTION_MINUTES[priority] / np.sqrt(ability), 0.95
        )
        quick = draws.lognormal("ticket/quick", keys, 35.0 / np.sqrt(ability), 0.9)
        minutes = np.where(once, quick, work * np.where(simple, 0.8, 1.25))
        waits = ~once & draws.chance("ticket/waits", keys, 0.4)
        waits_from = responded + (minutes * 30).astype(np.int64)
        wait = (draws.lognormal("ticket/wait", keys, 13, 0.8) * HOUR).astype(np.int64)
        solved = responded + (minutes * 60).astype(np.int64) + np.where(waits, wait, 0)
        stuck = draws.chance("ticket/stuck", keys, 0.014)
        solved = np.where(stuck, NEVER, solved)
        back = ~stuck & draws.chance("ticket/back", keys, np.clip(0.052 / ability**0.5, 0, 0.3))
        reopened = np.where(
            back,
            solved + (draws.uniform("ticket/back_after", keys) * 60 * HOUR).astype(np.int64) + HOUR,
            NEVER,
        )
        again = reopened + (draws.lognormal("ticket/again", keys, 9, 0.9) * HOUR).astype(np.int64)
        solved_again = np.where(back, again, NEVER)
        done = np.where(back, solved_again, solved)
        return {
            "contacts": contacts,
            "responded": np.where(stuck & draws.chance("ticket/ignored", keys, 0.4), NEVER, responded),
            "waits_from": np.where(waits, waits_from, NEVER),
            "waits_until": np.where(waits, waits_from + wait, NEVER),
            "solved": solved,
            "reopened": reopened,
            "solved_again": solved_again,
            "closed": np.where(stuck, NEVER, done + 3 * DAY),
        }

    def _level(self, tickets: Tickets, person: np.ndarray) -> np.ndarray:
        """Support level of somebody who works on each ticket: 1 is the desk's own agent."""
        return np.where((person == tickets.agent) | tickets.simple, 1, 2)

    def _due(self, tickets: Tickets) -> tuple[np.ndarray, np.ndarray]:
        later = tickets.created >= self.sla_change
        response = np.where(
            later, RESPONSE_MINUTES_LATER[tickets.priority], RESPONSE_MINUTES[tickets.priority]
        )
        return tickets.created + response * 60, tickets.created + RESOLUTION_MINUTES[tickets.priority] * 60

    def _ticket_rows(self, tickets: Tickets) -> pl.DataFrame:
        """One row per ticket and day on which it changed, as it stood at the end of that day."""
        draws = self.world.draws
        listed = np.flatnonzero(~tickets.only_events)
        moments = [getattr(tickets, name) for name in TICKET_MOMENTS]
        index, day = versions(*(m[listed] for m in moments))
        index = listed[index]
        known = [as_of(m, index, day) for m in moments]
        created, responded, solved, reopened, _, closed = known
        resolved, state = _standing(*known)
        started, ended = as_of(tickets.waits_from, index, day), as_of(tickets.waits_until, index, day)
        waited = np.where(ended < NEVER, ended - started, 0) / HOUR
        response_due, resolution_due = (due[index] for due in self._due(tickets))
        contacts = np.where(solved < NEVER, tickets.contacts[index], (responded < NEVER).astype(int))
        handler = np.where(responded < NEVER, tickets.handler[index], tickets.agent[index])
        complaint = draws.chance("ticket/complaint", tickets.keys, 0.035)
        frame = pl.DataFrame(
            {
                "_day": delayed(draws, "ticket/export", tickets.keys[index], day, 0.003),
                "Ticket": tickets.ids.gather(index),
                "Opened": utc(created),
                "First reply": utc(responded),
                "Solved": utc(resolved),
                "Closed": utc(closed),
                "State": named(state, STATES),
                "Priority": named(tickets.priority[index], ["P4", "P3", "P2", "P1"]),
                "Channel": named(tickets.channel[index], list(CHANNELS)),
                "Category": named(tickets.category[index], list(CATEGORIES)),
                "Customer": code("AC", tickets.account[index], 6),
                "Handled by": named(handler, self.names),
                "Group": named(np.where(handler < 0, 0, -1), ["OU-DEP-HOTLINE"]),
                "Contacts": contacts,
                "Reopened": (reopened < NEVER).astype(int),
                "Waiting h": pl.Series(np.round(waited, 2)).cast(pl.String),
                "Level 1": named(tickets.simple[index].astype(int), ["no", "yes"]),
                "Highest level": pl.Series(self._level(tickets, tickets.handler)[index]).set(
                    pl.Series(responded == NEVER), None
                ),
                "Assigned by": named(tickets.automatic[index].astype(int), ["dispatcher", "rule"]),
                "Complaint": named(complaint[index].astype(int), ["no", "yes"]),
                "Reply due": utc(response_due),
                "Solution due": utc(resolution_due),
                "Changed": utc(latest(*known)),
            }
        )
        frame = with_duplicates(frame, draws, "ticket", key(tickets.keys[index], day), 0.001)
        return with_spoiled(frame, draws, "ticket", 0.05, *TICKET_FAULTS)

    def _event_steps(self, tickets: Tickets) -> list[tuple[np.ndarray, int, int, np.ndarray]]:
        """What can happen to a ticket: moment, event type, state entered (-1: none) and actor (-2: a bot)."""
        nobody, bot = np.full(len(tickets.keys), -1), np.full(len(tickets.keys), -2)
        escalated = np.where(tickets.handler != tickets.agent, tickets.responded + 300, NEVER)
        more = (tickets.contacts > 1) & (tickets.solved < NEVER)
        return [
            (tickets.created, CREATED, NEW, nobody),
            (tickets.created + 45, ASSIGNED, WORKING, np.where(tickets.automatic, bot, tickets.agent)),
            (tickets.responded, CONTACT, -1, tickets.agent),
            (escalated, ASSIGNED, -1, tickets.agent),
            (tickets.waits_from, CHANGED, WAITING, tickets.handler),
            (tickets.waits_until, CHANGED, WORKING, tickets.handler),
            (np.where(more, tickets.solved - 60, NEVER), CONTACT, -1, tickets.handler),
            (tickets.solved, CHANGED, SOLVED, tickets.handler),
            (tickets.reopened, CHANGED, REOPENED, nobody),
            (tickets.solved_again, CHANGED, SOLVED, tickets.handler),
            (tickets.closed, CHANGED, CLOSED, bot),
            *((at, CONTACT, -1, tickets.handler) for at in self._notes(tickets)),
        ]

    def _notes(self, tickets: Tickets) -> list[np.ndarray]:
        """When the notes are written that the workload asks for: evenly from the answer to the solution."""
        count = self.world.workload.notes
        worked = tickets.solved - tickets.responded
        return [
            np.where(tickets.solved < NEVER, tickets.responded + worked * number // (count + 1), NEVER)
            for number in range(1, count + 1)
        ]

    def _event_rows(self, tickets: Tickets) -> pl.DataFrame:
        """Events in the order in which they happened, numbered within their ticket."""
        draws = self.world.draws
        steps = self._event_steps(tickets)
        who = np.tile(np.arange(len(tickets.keys)), len(steps))
        order = np.repeat(np.arange(len(steps)), len(tickets.keys))
        at = np.concatenate([step[0] for step in steps])
        kind = np.array([step[1] for step in steps])[order]
        state = np.array([step[2] for step in steps])[order]
        actor = np.concatenate([step[3] for step in steps])
        level = np.concatenate([self._level(tickets, step[3]) for step in steps])
        happened = np.flatnonzero(at < NEVER)
        happened = happened[np.lexsort((order[happened], at[happened], who[happened]))]
        who, at, kind, state, actor, level = (part[happened] for part in (who, at, kind, state, actor, level))
        keys = key(tickets.keys[who], happened)
        number = running_numbers(np.unique(who, return_counts=True)[1]) + 1
        by = pl.DataFrame(
            {
                "id": named(np.maximum(actor, -1), self.names),
                "kind": named((actor == -2).astype(int), ["human", "bot"]),
            }
        )
        frame = pl.DataFrame(
            {
                "_day": delayed(draws, "event/export", tickets.keys[who], day_of(at), 0.002),
                "id": pl.select(pl.format("{}/{}", tickets.ids.gather(who), pl.Series(number))).to_series(),
                "ticket": tickets.ids.gather(who),
                "at": utc(at),
                "type": named(kind, EVENT_TYPES),
                "state": named(state, STATES),
                "level": pl.Series(level).set(pl.Series(actor < 0), None),
                "actor": by.to_struct(),
            }
        )
        frame = with_duplicates(frame, draws, "event", keys, 0.001)
        return with_spoiled(
            frame,
            draws,
            "event",
            0.04,
            {"id": "BAD/1", "type": "status_changed", "state": "Snoozed"},
            {"id": None},
        )

    def _rating_rows(self, tickets: Tickets) -> pl.DataFrame:
        """Satisfaction (1 to 5) of about every fourth solved ticket, recommendation (0 to 10) of a few."""
        draws, roster = self.world.draws, self.world.roster
        done = np.where(tickets.reopened < NEVER, tickets.solved_again, tickets.solved)
        kind = draws.pick("rating/kind", tickets.keys, RATING_SHARES)
        asked = np.flatnonzero((done < NEVER) & (kind < len(SURVEYS)) & ~tickets.only_events)
        keys, kind = tickets.keys[asked], kind[asked]
        handler = tickets.handler[asked]
        known = (handler >= 0) & (handler < len(roster.ids))
        ability = np.where(known, roster.ability[np.where(known, handler, 0)], 1.0)
        slow = tickets.solved[asked] > self._due(tickets)[1][asked]
        mood = (
            np.log(ability)
            - 0.8 * slow
            - 0.9 * (tickets.reopened[asked] < NEVER)
            + draws.normal("rating/mood", keys)
        )
        csat = 1 + np.searchsorted([-2.3, -1.75, -1.12, 0.15], mood)
        nps = np.searchsorted([-2.4, -2.0, -1.75, -1.55, -1.4, -1.25, -1.0, -0.62, -0.1, 0.55], mood)
        after = (draws.lognormal("rating/after", keys, 9, 1.0) * HOUR).astype(np.int64)
        at = done[asked] + after + np.where(kind == FOLLOW_UP, CALLED_BACK_AFTER, 0)
        frame = pl.DataFrame(
            {
                "_day": day_of(at),
                "rating": pl.select(pl.format("RT{}", tickets.ids.gather(asked).str.slice(2))).to_series(),
                "ticket": tickets.ids.gather(asked),
                "agent": named(handler, self.names),
                "survey": named(kind, SURVEYS),
                "score": pl.Series(np.where(kind == NPS, nps, csat)).cast(pl.String),
                "answered": utc(at),
            }
        )
        frame = with_duplicates(frame, draws, "rating", keys, 0.002)
        return with_spoiled(
            frame,
            draws,
            "rating",
            0.02,
            {"rating": "RT-BAD-1", "score": "11"},
            {"rating": "RT-BAD-2", "score": "非常好"},
        )

    def _invitation_rows(self, tickets: Tickets) -> pl.DataFrame:
        """Everybody who rates was invited, and most of those who do not."""
        draws = self.world.draws
        done = np.where(tickets.reopened < NEVER, tickets.solved_again, tickets.solved)
        kind = draws.pick("rating/kind", tickets.keys, RATING_SHARES)
        silent = np.where(
            draws.chance("invitation/silent", tickets.keys, 0.6),
            draws.pick("invitation/kind", tickets.keys, [0.75, 0.2, 0.05]),
            -1,
        )
        kind = np.where(kind < len(SURVEYS), kind, silent)
        asked = np.flatnonzero((done < NEVER) & (kind >= 0) & ~tickets.only_events)
        sent = done[asked] + np.where(kind[asked] == FOLLOW_UP, CALLED_BACK_AFTER, 0)
        frame = pl.DataFrame(
            {
                "_day": day_of(sent),
                "invitation": pl.select(
                    pl.format("IV{}", tickets.ids.gather(asked).str.slice(2))
                ).to_series(),
                "ticket": tickets.ids.gather(asked),
                "agent": named(tickets.handler[asked], self.names),
                "survey": named(kind[asked], SURVEYS),
                "sent": utc(sent),
            }
        )
        return with_duplicates(frame, draws, "invitation", tickets.keys[asked], 0.001)


def _standing(created, responded, solved, reopened, again, closed) -> tuple[np.ndarray, np.ndarray]:
    """The last resolution that still holds, and the state, from what has happened to each ticket so far."""
    open_again = (reopened < NEVER) & (again == NEVER)
    resolved = np.where(again < NEVER, again, np.where(open_again, NEVER, solved))
    reached = [closed < NEVER, resolved < NEVER, open_again, responded < NEVER]
    return resolved, np.select(reached, [CLOSED, SOLVED, REOPENED, WORKING], NEW)


def sla_policies() -> pl.DataFrame:
    """The agreed minutes per priority; those of normal priority became stricter in 2025."""
    rows = []
    for rank, name in enumerate(PRIORITIES):
        changes = RESPONSE_MINUTES[rank] != RESPONSE_MINUTES_LATER[rank]
        spans = [(None, SLA_CHANGE), (SLA_CHANGE, None)] if changes else [(None, None)]
        for (valid_from, valid_to), response in zip(
            spans, (RESPONSE_MINUTES, RESPONSE_MINUTES_LATER), strict=False
        ):
            rows.append(
                {
                    "policy": f"SLA-{name.upper()}" + ("-2" if valid_from else ""),
                    "priority": name,
                    "response_min": int(response[rank]),
                    "solution_min": int(RESOLUTION_MINUTES[rank]),
                    "from": valid_from,
                    "to": valid_to,
                }
            )
    return pl.DataFrame(rows, infer_schema_length=None)
