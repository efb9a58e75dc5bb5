"""A screener is built, tried out and published in Slack, as Slack sends and shows it."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from domain.screener import QuestionKind
from storage import screeners
from storage.models import Study
from tests.scenario.conftest import Open
from tests.scenario.driver import Json, Person, elements, eventually, text_of
from tests.scenario.stage import CHECKOUT, LENA, Stage


def choose(person: Person, name: str, value: Any) -> None:
    """Choose something that the bot hears of at once, in the modal on top; what else stands there stays."""
    view = person.modal()
    element = next(each for each in elements(view) if each["_block_id"] == name)
    where = {"container": {"view": view["id"]}, "block_id": name, "action_id": element["action_id"]}
    person.post("actions", **where, value=value)


def top(person: Person, *words: str) -> Json:
    """The modal on top, once it has the words."""

    def found() -> Json | None:
        view = person.modal()
        return view if all(word in text_of(view) for word in words) else None

    return eventually(found, f"no modal says {words}")


def inputs(view: Json) -> list[str]:
    return [block["block_id"] for block in view["blocks"] if block["type"] == "input"]


def test_from_an_empty_screener_to_a_published_one(open_stage: Open, database_kind: str) -> None:
    stage = open_stage(database_kind, "http" if database_kind == "sqlite" else "socket")
    lena = stage.person(LENA)
    lena.command(CHECKOUT, "/study screener CHK")
    lena.click_in(top(lena, "No questions yet"), "Add a question")
    top(lena, "Step 1 of 2")
    choose(lena, "kind", "yes_no")
    eventually(lambda: "options" not in inputs(lena.modal()), "yes and no ask for options")
    lena.submit(lena.modal(), text="Do you shop online?", kind="Yes or no")
    lena.submit(top(lena, "Step 2 of 2"), qualify=["Yes"], disqualify=["No"])
    lena.click_in(top(lena, "1.* Do you shop online?", "‘No’ disqualifies"), "Add a question")
    lena.submit(top(lena, "Step 1 of 2"), text="Where?", options="Phone\nComputer")
    about = next(each for each in elements(top(lena, "Step 2 of 2")) if each["_block_id"] == "about")
    choose(lena, "about", about["options"][1]["value"])
    answers = next(name for name in inputs(top(lena, "Which of these")) if name.startswith("values_"))
    lena.submit(lena.modal(), **{answers: ["Yes"]})
    lena.click_in(top(lena, "Shown only if question 1 is ‘Yes’"), "Test run")

    (first,) = inputs(top(lena, "A test run"))
    choose(lena, first, "0")
    _, second = inputs(top(lena, "Where?"))
    lena.submit(lena.modal(), **{first: "Yes", second: "Phone"})
    trial = top(lena, "*Qualified.*", "“Do you shop online?”: the answer is ‘Yes’")
    lena.post(f"views/{trial['id']}/close")

    lena.submit(top(lena, "Not published yet"))
    eventually(lambda: said(lena, "published as version 1: 2 questions"), "nothing is said of it")
    assert [kind for kind, _ in published(stage)] == [QuestionKind.YES_NO, QuestionKind.SINGLE_CHOICE]


def said(person: Person, words: str) -> bool:
    return any(words in text_of(message) for message in person.messages(CHECKOUT))


def published(stage: Stage) -> list[tuple[QuestionKind, str]]:
    with stage.database.reading() as session:
        study_id = session.scalars(sa.select(Study.id).where(Study.key == "CHK")).one()
        found = screeners.current(session, study_id)
        assert found is not None
        return [(question.kind, question.text) for question in found.screener.questions]
