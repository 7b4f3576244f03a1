"""A company small enough to work out by hand, with what is hard about real ones.

Until 1 March 2026 team T stands below department D1, from then on below D2. Ann moves from P1 (T) to P2 (D2)
on 11 May and holds P3 (company) beside it at a quarter from 1 June. Bob works 0.6. Cid left on 16 April (last
day the 15th). Dee is a contractor without any position. `ghost` sells but is unknown to HR.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

AS_OF = date(2026, 6, 30)
TIME_ZONE = "Asia/Shanghai"


def rows() -> dict[str, list[list[dict[str, Any]]]]:
    """Canonical table → its loads, each a list of rows."""
    return {**_people(), **_sales(), **_service(), **_money()}


def _people() -> dict[str, list[list[dict[str, Any]]]]:
    units = [
        {"org_unit_id": "C", "name": "Company", "name_zh": "公司"},
        {"org_unit_id": "D1", "parent_id": "C", "name": "One", "unit_level": "department"},
        {"org_unit_id": "D2", "parent_id": "C", "name": "Two", "unit_level": "department"},
        {"org_unit_id": "T", "parent_id": "D1", "name": "Team", "valid_to": date(2026, 3, 1)},
        {"org_unit_id": "T", "parent_id": "D2", "name": "Team", "valid_from": date(2026, 3, 1)},
    ]
    positions = [
        {"position_id": "P1", "title": "Seller", "org_unit_id": "T"},
        {"position_id": "P2", "title": "Senior seller", "org_unit_id": "D2"},
        {"position_id": "P3", "title": "Trainer", "org_unit_id": "C"},
        {"position_id": "P4", "title": "Service agent", "org_unit_id": "D1"},
    ]
    employees = [
        {"employee_id": "boss", "hired_on": date(2020, 1, 1), "full_name": "The Boss"},
        {"employee_id": "ann", "hired_on": date(2025, 1, 1), "manager_id": "boss", "full_name": "Ann"},
        {"employee_id": "bob", "hired_on": date(2025, 1, 1), "manager_id": "ann"},
        {"employee_id": "cid", "hired_on": date(2026, 2, 1), "left_on": date(2026, 4, 16),
         "leaving_reason": "voluntary", "manager_id": "boss"},
        {"employee_id": "dee", "hired_on": date(2026, 6, 1), "employment_type": "contractor"},
    ]  # fmt: skip
    held = [
        ("ann", "P1", 1, date(2025, 1, 1), date(2026, 5, 11), True),
        ("ann", "P2", 1, date(2026, 5, 11), date(2026, 6, 1), True),
        ("ann", "P2", 0.75, date(2026, 6, 1), None, True),
        ("ann", "P3", 0.25, date(2026, 6, 1), None, False),
        ("bob", "P4", 0.6, date(2025, 1, 1), None, True),
        ("cid", "P1", 1, date(2026, 2, 1), None, True),
        ("boss", "P3", 1, date(2020, 1, 1), None, True),
    ]
    columns = ("employee_id", "position_id", "fte_share", "valid_from", "valid_to", "is_primary")
    training = {"training_id": "tr1", "employee_id": "ann", "course": "Ethics", "hours": 2, "cost": 100,
                "completed_on": date(2026, 5, 20)}  # fmt: skip
    return {
        "hr.org_units": [units],
        "hr.positions": [positions],
        "hr.employees": [employees],
        "hr.employee_positions": [[dict(zip(columns, spell, strict=True)) for spell in held]],
        "hr.training_records": [[training], [{**training, "hours": 3}], [{**training, "training_id": "tr2"}],
                                [{**training, "training_id": "tr2", "_is_deleted": True}]],
    }  # fmt: skip


def _sales() -> dict[str, list[list[dict[str, Any]]]]:
    def order(order_id: str, seller: str | None, **columns: Any) -> dict[str, Any]:
        return {"order_id": order_id, "employee_id": seller, "ordered_at": datetime(2026, 5, 10, 15, 0),
                "status": "delivered", **columns}  # fmt: skip

    orders = [
        order("o1", "ann", committed_on=date(2026, 5, 20), customer_hold_hours=24, account_id="a1"),
        order("o2", "ann", ordered_at=datetime(2026, 5, 10, 17, 0)),  # the 11th in Shanghai: a new position
        order("o3", "ghost"),
        order("o4", None, org_unit_id="D1", account_id="a9"),
        order("o5", "cid", ordered_at=datetime(2026, 4, 20)),  # after he had left
    ]
    lines = [
        {"order_line_id": f"l{number}", "order_id": f"o{number}", "quantity": 1, "amount": 100 * number,
         "cost": None if number == 2 else 60 * number}
        for number in range(1, 6)
    ]  # fmt: skip
    return {
        "sales.accounts": [[{"account_id": "a1", "segment": "industry", "region": "East"}]],
        "sales.orders": [orders],
        "sales.order_lines": [lines],
        "sales.deliveries": [
            [{"delivery_id": "d1", "order_id": "o1", "accepted_at": datetime(2026, 5, 19, 15, 0),
              "is_complete": True, "is_undamaged": True, "has_correct_documents": True}]
        ],
    }  # fmt: skip


def _service() -> dict[str, list[list[dict[str, Any]]]]:
    def event(number: int, hour: int, kind: str, status: str | None, actor: str) -> dict[str, Any]:
        return {"event_id": f"e{number}", "ticket_id": "t2", "occurred_at": datetime(2026, 5, 4, hour),
                "event_type": kind, "status_class": status, "actor_id": actor}  # fmt: skip

    return {
        "ticketing.tickets": [
            [{"ticket_id": "t1", "created_at": datetime(2026, 5, 4, 1), "status_class": "closed",
              "handler_id": "bob", "resolved_at": datetime(2026, 5, 4, 5), "contact_count": 1,
              "reopen_count": 0, "pending_hours": 1}]
        ],
        "ticketing.ticket_events": [
            [event(1, 1, "created", "new", "siebel"), event(2, 2, "status_changed", "resolved", "bob"),
             event(3, 3, "status_changed", "open", "bob"), event(4, 6, "status_changed", "closed", "siebel")]
        ],
        "ticketing.satisfaction_ratings": [
            [{"rating_id": "r1", "ticket_id": "t1", "survey_kind": "csat", "score": 4,
              "responded_at": datetime(2026, 5, 5)}]
        ],
    }  # fmt: skip


def _money() -> dict[str, list[list[dict[str, Any]]]]:
    def pay(employee: str, month: int) -> dict[str, Any]:
        return {"employee_id": employee, "month_on": date(2026, month, 1), "base_pay": 1000, "bonus_pay": 50,
                "employer_cost": 200}  # fmt: skip

    ledger = [
        {"org_unit_id": "C", "month_on": date(2026, 5, 1), "account_class": name, "amount": amount}
        for name, amount in {"revenue": 1000, "cost_of_goods": 300, "workforce_cost": 200, "tax": 50}.items()
    ]
    return {
        "hr.payroll_monthly": [[pay("ann", 3), pay("cid", 3), pay("cid", 4), pay("cid", 5)]],
        "finance.ledger_monthly": [ledger],
    }
