"""Customers, opportunities, quotes, orders and what follows from them.

Accounts form one numbered list that grows from day to day; an opportunity or order picks from those that
exist on its day, the older ones more often. Everything about a record is decided when it begins; exports
tell it as it becomes known.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
import polars as pl

from ingestion.sample.calendar import (
    days_of,
    demand,
    month_start,
    next_month,
    previous_month,
    sales_season,
    values,
)
from ingestion.sample.draws import key
from ingestion.sample.frames import (
    DAY,
    HOUR,
    NEVER,
    as_of,
    code,
    date_text,
    day_of,
    delayed,
    ident,
    latest,
    moment,
    named,
    on_workday,
    running_numbers,
    stamp,
    versions,
    with_duplicates,
    with_spoiled,
    working_moment,
)
from ingestion.sample.world import REGIONS, World

Rows = list[tuple[str, pl.DataFrame]]

SEGMENTS = ("Enterprise", "Mid-market", "Small business")
INDUSTRIES = ("Biotech", "University", "Environment", "Food", "Semiconductor", "Hospital")
INDUSTRY_WORDS = ("生物科技", "大学", "环境检测", "食品", "半导体", "医院")
CITIES = {
    "East": ("上海", "杭州", "苏州", "南京", "宁波"),
    "South": ("深圳", "广州", "东莞", "厦门", "珠海"),
    "North": ("北京", "天津", "济南", "大连", "西安"),
}
BRANDS = (
    "华锐",
    "中科",
    "天成",
    "博源",
    "恒信",
    "远景",
    "明德",
    "新禾",
    "安泰",
    "启航",
    "东方",
    "瑞康",
    "联创",
    "泰和",
    "海川",
    "金石",
)
CHANNELS = ("referral", "web", "fair", "partner", "outbound")
CHANNEL_WINS = np.array([1.35, 0.85, 0.9, 1.1, 0.75])
STAGES = ("qualified", "proposal", "negotiation")
ACTIVITY_WORDS = ("电话", "邮件", "会议", "拜访", "演示")
LOST, WON = 0, 1
OPPORTUNITY_MONTHS = 9


@dataclass
class Opportunities:
    """Opportunities that begin in one month, with what becomes of each."""

    ids: pl.Series
    keys: np.ndarray
    account: np.ndarray
    region: np.ndarray
    seller: np.ndarray
    created: np.ndarray
    stages: list[np.ndarray]
    closed: np.ndarray
    outcome: np.ndarray
    removed: np.ndarray
    amount: np.ndarray
    channel: np.ndarray


class Accounts:
    """The numbered list of customer accounts."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.initial = 3 * world.size
        self._days = np.arange(world.start, next_month(month_start(world.until)))
        rate = 0.0027 * world.size * values(demand, self._days)
        self._grown = np.cumsum(world.draws.counts("account/new", self._days.astype(np.uint64), rate))

    def count_on(self, days: np.ndarray) -> np.ndarray:
        """How many accounts exist on each day."""
        return self.initial + self._grown[np.minimum(days - self.world.start, len(self._grown) - 1)]

    def pick(self, stream: str, keys: np.ndarray, days: np.ndarray) -> np.ndarray:
        """Numbers of accounts that exist on each day; a few large customers come often."""
        chance = self.world.draws.uniform(stream, keys)
        return np.floor(self.count_on(days) * chance**1.8).astype(np.int64)

    def region(self, numbers: np.ndarray) -> np.ndarray:
        """Index into REGIONS of who sells to the account."""
        return self.world.draws.pick("account/region", numbers, [0.4, 0.32, 0.22, 0.06])

    def segment(self, numbers: np.ndarray) -> np.ndarray:
        """Index into SEGMENTS; accounts of the key account team are enterprises."""
        drawn = self.world.draws.pick("account/segment", numbers, [0.14, 0.36, 0.5])
        return np.where(self.region(numbers) == REGIONS.index("Key"), 0, drawn)

    def created_on(self, numbers: np.ndarray) -> np.ndarray:
        """Day each account was opened."""
        before = self.world.start - 5 - self.world.draws.integers("account/age", numbers, 0, 2500)
        later = np.searchsorted(self._grown, numbers - self.initial, side="right")
        return np.where(numbers < self.initial, before, self._days[np.minimum(later, len(self._days) - 1)])

    def register(self) -> pl.DataFrame:
        """The CRM's account records, nested as its interface hands them out."""
        draws, roster = self.world.draws, self.world.roster
        numbers = np.arange(int(self.count_on(np.array([self.world.until]))[0]))
        created, region, segment = self.created_on(numbers), self.region(numbers), self.segment(numbers)
        industry = draws.pick("account/industry", numbers, [3, 2, 2, 2, 2, 1])
        owner = np.full(len(numbers), -1)
        for place, name in enumerate(REGIONS):
            chosen = region == place
            days = np.maximum(created[chosen], self.world.start)
            owner[chosen] = roster.pick(name, days, draws.uniform("account/owner", numbers[chosen]))
        profile = pl.DataFrame(
            {
                "name": _company_names(self.world, numbers, region, industry),
                "segment": named(segment, list(SEGMENTS)),
                "industry": named(industry, list(INDUSTRIES)),
                "region": named(region, list(REGIONS)),
            }
        )
        return pl.DataFrame(
            {
                "accountId": code("AC", numbers, 6),
                "profile": profile.to_struct(),
                "owner": pl.DataFrame({"staffNo": named(owner, roster.ids)}).to_struct(),
                "openedOn": date_text(created),
                "modifiedAt": date_text(created, "%Y-%m-%dT09:00:00+08:00"),
            }
        )


def _company_names(world: World, numbers: np.ndarray, region: np.ndarray, industry: np.ndarray) -> pl.Series:
    places = [CITIES.get(name, CITIES["East"]) for name in REGIONS]
    city = world.draws.integers("account/city", numbers, 0, 5)
    brand = world.draws.integers("account/brand", numbers, 0, len(BRANDS))
    second = world.draws.integers("account/brand2", numbers, 0, len(BRANDS))
    names = [
        f"{places[r][c]}{BRANDS[b]}{BRANDS[s][0]}{INDUSTRY_WORDS[i]}{'' if i in (1, 5) else '有限公司'}"
        for r, c, b, s, i in zip(region, city, brand, second, industry, strict=True)
    ]
    return pl.Series(names)


class Sales:
    """The sales process, month by month."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.opportunities = lru_cache(maxsize=OPPORTUNITY_MONTHS + 3)(self._opportunities)

    @cached_property
    def accounts(self) -> Accounts:
        return Accounts(self.world)

    def sellers(self, stream: str, keys: np.ndarray, region: np.ndarray, days: np.ndarray) -> np.ndarray:
        """Who sells on each day, among the people of the account's region."""
        seller = np.full(len(keys), -1)
        chance = self.world.draws.uniform(stream, keys)
        for place, name in enumerate(REGIONS):
            chosen = region == place
            seller[chosen] = self.world.roster.pick(name, days[chosen], chance[chosen])
        return seller

    def _opportunities(self, first: int) -> Opportunities:
        """The opportunities that begin in the month that starts on `first`."""
        draws = self.world.draws
        days = days_of(first)
        counts = self.world.births("opportunity", days, 0.405, REGIONS, lambda d: sales_season(d) ** 0.4)
        day, number = np.repeat(days, counts), running_numbers(counts)
        keys = key(day, number)
        account = self.accounts.pick("opportunity/account", keys, day)
        region, segment = self.accounts.region(account), self.accounts.segment(account)
        seller = self.sellers("opportunity/seller", keys, region, day)
        created = working_moment(draws, "opportunity/created", keys, day)
        length = np.clip(draws.lognormal("opportunity/length", keys, 34, 0.7), 2, 230)
        closed = working_moment(draws, "opportunity/closed", keys, on_workday(day + length.astype(np.int64)))
        channel = draws.pick("opportunity/channel", keys, [2, 3, 1.5, 2, 2.5])
        ability = np.where(seller >= 0, self.world.roster.ability[np.maximum(seller, 0)], 1.0)
        chance = np.clip(0.3 * np.sqrt(ability) * CHANNEL_WINS[channel], 0.05, 0.8)
        amount = draws.lognormal("opportunity/amount", keys, np.array([105e3, 70e3, 42e3])[segment], 0.8)
        stale = draws.chance("opportunity/stale", keys, 0.04)
        removed = draws.chance("opportunity/removed", keys, 0.004)
        gap = closed - created
        steps = [created]
        for stage, share in enumerate((0.35, 0.7)):
            reached = on_workday(day_of(created + (gap * share).astype(np.int64)))
            at = working_moment(draws, "opportunity/stage", key(keys, stage), reached)
            steps.append(np.clip(at, steps[-1] + 60, closed - 60 * (2 - stage)))
        return Opportunities(
            ids=ident("OP", day, number),
            keys=keys,
            account=account,
            region=region,
            seller=seller,
            created=created,
            stages=[np.where(removed & (step > created), NEVER, step) for step in steps],
            closed=np.where(stale | removed, NEVER, closed),
            outcome=np.where(draws.chance("opportunity/won", keys, chance), WON, LOST),
            removed=np.where(removed, created + DAY, NEVER),
            amount=np.round(amount, -2),
            channel=channel,
        )

    def month(self, first: int) -> Rows:
        """Every CRM row that follows from the opportunities of one month."""
        found = self.opportunities(first)
        return [
            ("opportunities", self._opportunity_rows(found)),
            ("stage_events", self._stage_rows(found)),
            ("activities", self._activity_rows(found)),
            *self._quote_rows(found),
        ]

    def _opportunity_rows(self, found: Opportunities) -> pl.DataFrame:
        roster = self.world.roster
        index, day = versions(*found.stages, found.closed, found.removed)
        closed = as_of(found.closed, index, day)
        reached = sum((as_of(step, index, day) < NEVER).astype(int) for step in found.stages) - 1
        done = closed < NEVER
        status = np.where(done, 1 + found.outcome[index], 0)
        changed = latest(*(as_of(m, index, day) for m in [*found.stages, found.closed, found.removed]))
        frame = pl.DataFrame(
            {
                "_day": delayed(self.world.draws, "opportunity/export", found.keys[index], day, 0.004),
                "Id": found.ids.gather(index),
                "AccountId": code("AC", found.account[index], 6),
                "Owner": named(found.seller[index], roster.ids),
                "StageName": named(
                    np.where(done, 2 + status, reached), [*STAGES, "closed lost", "closed won"]
                ),
                "Status": named(status, ["In Progress", "Closed Lost", "Closed Won"]),
                "Source": named(found.channel[index], list(CHANNELS)),
                "Amount": found.amount[index],
                "CreatedDate": stamp(found.created[index], "%Y-%m-%dT%H:%M:%S+08:00"),
                "CloseDate": stamp(closed, "%Y-%m-%dT%H:%M:%S+08:00"),
                "IsDeleted": as_of(found.removed, index, day) < NEVER,
                "LastModified": stamp(changed, "%Y-%m-%dT%H:%M:%S+08:00"),
            }
        )
        frame = with_duplicates(frame, self.world.draws, "opportunity", key(found.keys[index], day), 0.002)
        return with_spoiled(
            frame, self.world.draws, "opportunity", 0.03, {"Id": "OP-BAD", "Status": "Parked?"}, {"Id": None}
        )

    def _stage_rows(self, found: Opportunities) -> pl.DataFrame:
        # An opportunity entered by mistake is removed before its stages are reported.
        reached = [np.where(found.removed < NEVER, NEVER, step) for step in (*found.stages, found.closed)]
        who = np.tile(np.arange(len(found.keys)), len(reached))
        step = np.repeat(np.arange(len(reached)), len(found.keys))
        at = np.concatenate(reached)
        keep = at < NEVER
        who, step, at = who[keep], step[keep], at[keep]
        stage = np.where(step == 3, 3 + found.outcome[who], step)
        return pl.DataFrame(
            {
                "_day": delayed(
                    self.world.draws, "stage/export", key(found.keys[who], step), day_of(at), 0.004
                ),
                "Id": pl.select(pl.format("{}-S{}", found.ids.gather(who), pl.Series(step + 1))).to_series(),
                "OpportunityId": found.ids.gather(who),
                "Stage": named(stage, [*STAGES, "closed lost", "closed won"]),
                "ChangedBy": named(found.seller[who], self.world.roster.ids),
                "At": stamp(at, "%Y-%m-%dT%H:%M:%S+08:00"),
            }
        )

    def _activity_rows(self, found: Opportunities) -> pl.DataFrame:
        draws = self.world.draws
        ability = np.where(found.seller >= 0, self.world.roster.ability[np.maximum(found.seller, 0)], 1.0)
        counts = np.where(
            found.removed < NEVER, 0, 1 + draws.counts("activity", found.keys, 3.6 * np.sqrt(ability))
        )
        who, number = np.repeat(np.arange(len(found.keys)), counts), running_numbers(counts)
        keys = key(found.keys[who], number)
        end = np.where(found.closed < NEVER, found.closed, found.created + 60 * DAY)
        at = found.created[who] + (end - found.created)[who] * draws.uniform("activity/when", keys) ** 1.3
        at = working_moment(draws, "activity/at", keys, on_workday(day_of(at.astype(np.int64))))
        at = np.maximum(at, found.created[who] + 600)
        frame = pl.DataFrame(
            {
                "_day": delayed(draws, "activity/export", keys, day_of(at), 0.01),
                "编号": pl.select(
                    pl.format("{}-A{}", found.ids.gather(who), pl.Series(number + 1))
                ).to_series(),
                "商机": found.ids.gather(who),
                "客户": code("AC", found.account[who], 6),
                "人员": named(found.seller[who], self.world.roster.ids),
                "方式": named(draws.pick("activity/type", keys, [5, 4, 2, 2, 1]), list(ACTIVITY_WORDS)),
                "时间": stamp(at, "%Y/%m/%d %H:%M"),
            }
        )
        frame = with_duplicates(frame, draws, "activity", keys, 0.002)
        return with_spoiled(
            frame,
            draws,
            "activity",
            0.04,
            {"编号": "A-BAD-1", "方式": "微信?"},
            {"编号": "A-BAD-2", "时间": "昨天下午"},
        )

    def _quote_rows(self, found: Opportunities) -> Rows:
        """Quotes that follow from opportunities which reached the proposal stage, and their approvals."""
        draws, roster = self.world.draws, self.world.roster
        asked = np.flatnonzero((found.stages[1] < NEVER) & draws.chance("quote", found.keys, 0.62))
        keys, requested = found.keys[asked], found.stages[1][asked]
        amount = np.round(found.amount[asked] * draws.lognormal("quote/amount", keys, 1.0, 0.12), 2)
        engineer = roster.pick("solutions", day_of(requested), draws.uniform("quote/engineer", keys))
        author = np.where(draws.chance("quote/by_engineer", keys, 0.7), engineer, found.seller[asked])
        ready = requested + (draws.lognormal("quote/work", keys, 11, 0.75) * HOUR).astype(np.int64)
        layers = 1 + (amount > 60e3).astype(int) + (amount > 250e3).astype(int)
        steps, moments = [], ready
        for number in (1, 2, 3):
            step = key(keys, number)
            wait = (draws.lognormal("approval/wait", step, 4.5, 0.8) * HOUR).astype(np.int64)
            asks = layers >= number
            decided = np.where(asks, moments + wait, moments)
            approver = roster.pick(f"approve_{number}", day_of(moments), draws.uniform("approval/who", step))
            steps.append((number, np.flatnonzero(asks), moments, decided, approver))
            moments = decided
        sent = np.where(draws.chance("quote/never", keys, 0.02), NEVER, moments + HOUR // 2)
        ended = np.where(sent < NEVER, np.maximum(found.closed[asked], sent + HOUR), NEVER)
        ended = np.where(found.closed[asked] < NEVER, ended, NEVER)
        index, day = versions(requested, sent, ended)
        sent_then, ended_then = as_of(sent, index, day), as_of(ended, index, day)
        won = found.outcome[asked][index] == WON
        status = np.where(ended_then < NEVER, np.where(won, 2, 3), (sent_then < NEVER).astype(int))
        quote_ids = pl.select(pl.format("QT-{}", found.ids.gather(asked).str.slice(2))).to_series()
        quotes = pl.DataFrame(
            {
                "_day": delayed(draws, "quote/export", keys[index], day, 0.004),
                "quote": quote_ids.gather(index),
                "opportunity": found.ids.gather(asked[index]),
                "author": named(author[index], roster.ids),
                "requested": stamp(requested[index]),
                "promised": stamp(requested[index] + 48 * HOUR),
                "sent": stamp(sent_then),
                "state": named(status, ["draft", "sent", "accepted", "rejected"]),
                "amount": amount[index],
                "changed": stamp(latest(requested[index], sent_then, ended_then)),
            }
        )
        approvals = [self._approval_rows(quote_ids, keys, *step) for step in steps]
        return [("quotes", quotes), ("quote_approvals", pl.concat(approvals))]

    def _approval_rows(self, quotes, keys, number, asked, requested, decided, approver) -> pl.DataFrame:
        draws = self.world.draws
        decision = draws.pick("approval/decision", key(keys[asked], number), [0.93, 0.05, 0.02])
        return pl.DataFrame(
            {
                "_day": day_of(decided[asked]),
                "approval": pl.select(pl.format("{}-V{}", quotes.gather(asked), number)).to_series(),
                "quote": quotes.gather(asked),
                "step": np.full(len(asked), number),
                "approver": named(approver[asked], self.world.roster.ids),
                "requested": stamp(requested[asked]),
                "decided": stamp(decided[asked]),
                "decision": named(decision, ["approved", "returned", "rejected"]),
            }
        )

    def won_in(self, first: int) -> list[tuple[Opportunities, np.ndarray]]:
        """Opportunities won in a month, by the month in which they began."""
        won, month = [], first
        for _ in range(OPPORTUNITY_MONTHS):
            if month < self.world.start:
                break
            found = self.opportunities(month)
            inside = (found.closed >= moment(np.int64(first), 0)) & (
                found.closed < moment(np.int64(next_month(first)), 0)
            )
            won.append((found, np.flatnonzero(inside & (found.outcome == WON))))
            month = previous_month(month)
        return won[::-1]
