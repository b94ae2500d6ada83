"""Words of states say one thing, and personal names are told."""

from features.first_config.other_names import PERSONAL, UNDONE, UNSURE, known
from features.first_config.roles import by_name


def test_a_state_is_undone_or_unsure_and_not_both():
    assert known(UNDONE) & known(UNSURE) == set()
    assert {"cancelled", "storniert", "annulee", "cancelada", "已取消"} <= known(UNDONE)


def test_what_was_paid_is_not_undone():
    assert known(UNDONE) & {"paid", "completed", "shipped", "bezahlt", "payee", "pagado", "交易成功"} == set()


def test_names_and_addresses_of_people_are_personal():
    given = ["Billing Name", "E-Mail", "email", "手机号", "Telefon", "prénom", "price", "channel"]
    assert {one.name for one in by_name(PERSONAL, given)} == set(given) - {"price", "channel"}
