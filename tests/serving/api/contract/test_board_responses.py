"""What is answered about boards has the kinds of column that boards have, and no place for a user."""

from typing import get_args

from features.boards.board import Kind
from serving.api.contract.board_responses import BoardAnswer, BoardColumn, BoardsAnswer


def test_the_kinds_are_those_of_boards():
    assert get_args(BoardColumn.model_fields["kind"].annotation) == get_args(Kind)


def test_every_answer_says_what_it_means():
    assert all(one.__doc__ for one in (BoardAnswer, BoardsAnswer, BoardColumn))
    assert "user_id" not in str(BoardsAnswer.model_json_schema())
