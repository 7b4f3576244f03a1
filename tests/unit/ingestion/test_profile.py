"""Profiles: what they say, and errors that name file, line and place."""

from datetime import date

import pytest

from ingestion.profile import ProfileError, load_profile

HEAD = "company: {name: Qingmu, name_zh: 青木, time_zone: Asia/Shanghai, currency: CNY}\n"
SOURCES = "sources:\n  hris:\n    tables:\n      hr.employees: {path: staff.csv}\n"


@pytest.fixture
def load(tmp_path):
    def read(text, **variables):
        (tmp_path / "sources.yml").write_text(text, encoding="utf-8")
        return load_profile(tmp_path, variables)

    return read


@pytest.fixture
def errors(load):
    def read(text):
        with pytest.raises(ProfileError) as caught:
            load(text)
        return str(caught.value).splitlines()

    return read


def test_what_a_profile_says(load, tmp_path):
    library = "      library.goals: [{path: g.csv}, {path: h.csv}]\n"
    extra = '  library:\n    kind: library\n    root: "."\n    tables:\n' + library
    head = 'as_of: 2026-06-30\ndata_root: "${DATA:-exports}/files"\nstarter_packs: [hr]\n'
    profile = load(HEAD + head + SOURCES + extra)
    assert (profile.name, profile.name_zh, profile.time_zone, profile.currency) == (
        "Qingmu",
        "青木",
        "Asia/Shanghai",
        "CNY",
    )
    assert (profile.as_of, profile.schedule, profile.starter_packs) == (
        date(2026, 6, 30),
        "30 2 * * *",
        ("hr",),
    )
    assert profile.folder == tmp_path
    assert profile.metrics_folder is None
    assert profile.source_root("hris") == tmp_path / "exports" / "files"
    assert profile.source_root("library") == tmp_path
    assert profile.connected_tables() == ["hr.employees", "library.goals"]
    assert [source for source, _ in profile.tables()["library.goals"]] == ["library", "library"]
    (source, mapping), _ = profile.tables()["library.goals"]
    assert profile.is_snapshot(source, mapping, "library.goals")


def test_a_profile_without_starter_packs_has_all_of_them(load):
    assert load(HEAD + SOURCES).starter_packs is None


def test_an_unknown_starter_pack_is_named_with_the_known_ones(errors, tmp_path):
    [message] = errors(HEAD + "starter_packs: [hr, saels]\n" + SOURCES)
    line = HEAD.count("\n") + 1
    assert message.startswith(f"{tmp_path / 'sources.yml'}:{line}: starter_packs:")
    assert "'saels'" in message
    assert message.endswith("known: service, sales, rd, manufacturing, hr, finance")


def test_variables_come_from_the_caller_then_the_environment_then_the_default(load, tmp_path, monkeypatch):
    text = HEAD + 'data_root: "${DATA:-here}"\n' + SOURCES
    assert load(text).data_folder == tmp_path / "here"
    monkeypatch.setenv("DATA", "/environment")
    assert str(load(text).data_folder) == "/environment"
    assert str(load(text, DATA="/caller").data_folder) == "/caller"


def test_home_has_a_default(load, monkeypatch, tmp_path):
    monkeypatch.delenv("GOLDTHREAD_HOME", raising=False)
    monkeypatch.chdir(tmp_path)
    text = HEAD + 'data_root: "${GOLDTHREAD_HOME}/sample"\n' + SOURCES
    assert load(text).data_folder == tmp_path / ".goldthread" / "sample"


def test_a_variable_that_nothing_sets(errors, tmp_path):
    (error,) = errors(HEAD + 'data_root: "${NOWHERE_SET}"\n' + SOURCES)
    assert error.startswith(f"{tmp_path}/sources.yml:2: the variable NOWHERE_SET is not set")


def test_a_key_that_is_not_known_names_its_line(errors, tmp_path):
    text = HEAD + SOURCES.replace("{path: staff.csv}", "\n        path: staff.csv\n        colums: same")
    (error,) = errors(text)
    assert error.startswith(f"{tmp_path}/sources.yml:7: ")
    assert "colums: this key is not known here" in error


def test_every_problem_is_said_at_once(errors):
    text = HEAD.replace("Asia/Shanghai", "Asia/Shanghi").replace("CNY", "yuan") + SOURCES
    assert [error.split(": ")[1] for error in errors(text)] == ["company.time_zone", "company.currency"]


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ("hr.employes: {path: a.csv}", "there is no such table"),
        (
            "hr.employees: {path: a.csv, columns: {employee_id: a, salary: b}}",
            "hr.employees has no column salary",
        ),
        (
            "hr.employees: {path: a.csv, columns: {full_name: a}}",
            "nothing maps onto the required column(s) employee_id",
        ),
        ("hr.employees: {}", "say either path or rows"),
        ("hr.employees: {path: a.csv, rows: []}", "say either path or rows"),
        ("hr.employees: {path: a.csv, columns: {employee_id: {from: a, sql: b}}}", "say exactly one of"),
        ("hr.employees: {path: a.csv, format: {encoding: utf-88}}", "unknown encoding"),
        ("hr.employees: {path: a.csv, format: {names: [a]}}", "header: false"),
        (
            "hr.employees: {path: a.csv, key: [x], columns: {employee_id: a, valid_from: b}}",
            "`key` makes one identifier",
        ),
    ],
)
def test_what_a_mapping_gets_wrong(errors, table, words):
    (error,) = errors(HEAD + "sources:\n  hris:\n    tables:\n      " + table + "\n")
    assert "sources.yml:5: " in error
    assert words in error


def test_yaml_that_is_none(errors):
    (error,) = errors(HEAD + "sources: [\n")
    assert "sources.yml:3: not valid YAML" in error


def test_a_key_that_stands_twice(errors):
    (error,) = errors(HEAD + HEAD + SOURCES)
    assert "sources.yml:2: the key 'company' stands twice" in error


def test_no_profile(tmp_path):
    with pytest.raises(ProfileError, match=r"a profile is a folder with a sources\.yml"):
        load_profile(tmp_path / "nowhere")


def test_words_that_yaml_would_read_as_booleans_or_numbers_stay_words(load):
    columns = "{employee_id: No, gender: {from: on, nulls: [0, no], map: {1: male, 2: female, yes: other}}}"
    profile = load(HEAD + SOURCES.replace("{path: staff.csv}", f"{{path: staff.csv, columns: {columns}}}"))
    ((_, mapping),) = profile.tables()["hr.employees"]
    assert mapping.columns["employee_id"].from_ == "No"
    assert mapping.columns["gender"].nulls == ("0", "no")
    assert mapping.columns["gender"].map == {"1": "male", "2": "female", "yes": "other"}
