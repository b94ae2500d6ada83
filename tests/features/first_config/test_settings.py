"""Settings that the values ask for: notations, guests, refunds, rows that came to nothing."""

from features.first_config.guess import guess
from features.first_config.settings import with_settings


def settings(one):
    return with_settings(one, guess(one)).settings


def test_plain_values_need_no_setting(sample):
    assert settings(sample("user,date,total", "1,2026-01-31,12.50", "2,2026-02-01,3")) == {}


def test_notations_are_proposed(sample):
    one = sample("user;date;total".replace(";", ","), '1,31.01.2026,"1.234,50 €"', '2,01.02.2026,"3,00 €"')
    assert settings(one) == {"time_format": "%d.%m.%Y", "decimal": ",", "thousands": ".", "currency": "€"}


def test_what_values_cannot_tell_is_asked(sample):
    found = settings(sample("user,date,total", '1,01/02/2026,"1,234"'))
    assert found["time_format"].startswith("? does '01/02/2026' begin with the day")
    assert found["decimal"].startswith("? what is '1,234'")


def test_times_that_nothing_reads_are_asked(sample):
    found = settings(sample("user,order_date,total", "1,3rd of May,5", "2,4th of May,6"))
    assert found == {
        "time_format": "? what times are '3rd of May', '4th of May'? Write the pattern, such as '%d/%m/%Y %H:%M'"
    }


def test_typed_columns_need_no_notation_but_numbers_for_times_do(sample):
    lines = ["1,2026-01-31 00:00:00,5"]
    assert settings(sample("user,date,total", *lines, typed={"date": "time", "total": "number"})) == {}
    assert settings(sample("user,ts,total", "1,1767225600,5", typed={"ts": "number"})) == {"time_format": "epoch_s"}


def test_rows_without_a_user_are_guests(sample):
    assert settings(sample("user_id,time,event", "1,2026-01-01,a", ",2026-01-01,a", "2,2026-01-01,a")) == {
        "guests": "drop"
    }


def test_a_zero_for_all_guests_of_a_shop_is_left_out(sample):
    one = sample("customer_id,date,total", "0,2026-01-01,1", "0,2026-01-02,2", "7,2026-01-02,2")
    assert settings(one) == {"cancelled": "customer_id == '0'"}


def test_amounts_below_zero_are_refunds_and_most_of_them_a_question(sample):
    assert settings(sample("user,date,total", "1,2026-01-01,5", "1,2026-01-02,-5", "2,2026-01-02,9")) == {
        "refunds": "negative"
    }
    assert settings(sample("user,date,qty,unit_price", "1,2026-01-01,-1,5", "1,2026-01-02,2,5")) == {
        "refunds": "negative"
    }
    found = settings(sample("user,date,total", "1,2026-01-01,-5", "1,2026-01-02,-6", "2,2026-01-02,9"))
    assert found["refunds"].startswith("? most amounts are below zero")


def test_rows_that_came_to_nothing_are_left_out(sample):
    lines = ["1,2026-01-01,5,Completed", "2,2026-01-01,6,Cancelled", "3,2026-01-01,7,wc-failed"]
    assert settings(sample("user,date,total,Order Status", *lines)) == {
        "cancelled": ["`Order Status` == 'Cancelled'", "`Order Status` == 'wc-failed'"]
    }
    assert settings(sample("user,date,total,is_cancelled", "1,2026-01-01,5,false", "2,2026-01-01,6,true")) == {
        "cancelled": "is_cancelled == 'true'"
    }


def test_rows_that_may_have_come_to_nothing_are_asked(sample):
    found = settings(sample("user,date,total,状态", "1,2026-01-01,5,pending", "2,2026-01-01,6,已取消"))
    assert found["cancelled"] == (
        "? did users pay in rows where 状态 == 'pending'? Write a rule for those that count for nothing beside "
        "状态 == '已取消', such as 状态 == 'pending', or take the line out"
    )
    found = settings(sample("user,date,total,type", "1,2026-01-01,5,sale", "2,2026-01-01,6,refund"))
    assert found["cancelled"].startswith("? did users pay in rows where type == 'refund'?")


def test_refunds_below_zero_are_not_cancelled_as_well(sample):
    found = settings(
        sample("user,date,total,status", "1,2026-01-01,5,paid", "1,2026-01-02,6,paid", "1,2026-01-03,-5,refunded")
    )
    assert found == {"refunds": "negative"}


def test_the_text_files_settings_are_kept(sample):
    from dataclasses import replace

    one = replace(sample("user,date,total", "1,2026-01-01,5"), encoding="gb18030", delimiter="~")
    assert settings(one) == {"encoding": "gb18030", "delimiter": "~"}


def test_values_that_will_be_set_aside_are_told(sample):
    one = sample(
        "user,date,total",
        *["1,2026-01-01,5"] * 20,
        "1,2026-01-01,",
        *[f"1,2026-01-01,{n}" for n in range(20)],
        "1,2026-01-01,free",
    )
    notes = with_settings(one, guess(one)).notes
    assert notes == (
        "nothing known reads 'free' as a number: such rows will be set aside",
        "1 of 42 rows looked at have no 'total': they will be set aside",
    )
