"""Campaigns verified from hand-made tables: what is told, and what is refused as no trial."""

from datetime import timedelta

import numpy as np
import pyarrow as pa
import pytest

from training.verification.campaigns.assigned import with_pooled
from training.verification.campaigns.verify import only, verify


def alone(base, rows, **more):
    (found,) = verify(base, rows, **more)
    return found


def refusals(found):
    return [one.code for one in found.trial.refusals]


def test_both_arms_shares_and_values_are_those_that_can_be_counted(trial):
    found = alone(*trial(sizes=(60, 40), stay=(45, 15), share=0.4))
    assert found.users == found.looked == (60, 40)
    assert found.churn.observed == pytest.approx((15 / 60, 25 / 40))
    assert found.value.observed == pytest.approx((7.5, 3.75))
    assert found.churn.difference == pytest.approx(0.25 - 0.625) and found.churn.high < 0
    assert found.verdict.verdict == "worked" and found.trial.sample_ratio_p == pytest.approx(1)
    assert found.look.level == pytest.approx(0.95, abs=1e-6)


@pytest.mark.parametrize(
    ("stay", "goal", "verdict"),
    [
        ((45, 15), "churn", "worked"),
        ((15, 35), "churn", "harm"),
        ((40, 26), "churn", "not proven"),
        ((45, 15), "value", "worked"),
        ((15, 35), "value", "harm"),
    ],
    ids=str,
)
def test_the_verdict_is_on_the_goal(trial, stay, goal, verdict):
    found = alone(*trial(stay=stay), goals={"autumn": goal})
    assert found.goal == goal and found.verdict.verdict == verdict
    assert found.verdict.sentence.en and found.verdict.sentence.zh and found.verdict.next.zh


def test_a_planned_move_is_what_the_verdict_is_on(trial):
    found = alone(*trial(stay=(45, 15)), goals={"autumn": "lapsed_2 -> inactive"})
    assert found.moves.planned.moved == (45, 15) and found.moves.planned.users == (60, 40)
    assert found.verdict.sentence.en.startswith(
        "it worked: lapsed 60 d → inactive: 75.0% in treatment, 37.5% in holdout"
    )


@pytest.mark.parametrize("ids", [int, lambda user: f"u'{user}"], ids=["whole", "text"])
@pytest.mark.parametrize("name", ["autumn", 'l\'été; "x"', "2026-01-01-0123456789/活动"])
def test_ids_and_names_may_be_anything(trial, ids, name):
    base, rows = trial(ids=ids, campaign_id=name, messages=[(1, -1, name), (61, -2, name), (2, -3, "other")])
    found = alone(base, rows, goals={name: "value"})
    assert found.campaign_id == name and found.goal == "value" and found.churn is not None
    assert found.reached == 1 and [one.play for one in found.overlap] == ["other"]


def test_an_open_window_is_waited_for(trial):
    found = alone(*trial(ahead=29))
    assert found.churn is None and found.plan is None and found.trial.ok
    assert found.verdict.sentence.en == "not proven yet: the outcome window is still open"


def test_users_in_both_arms_make_it_no_trial(trial, assigned):
    base, rows = trial()
    found = alone(base, pa.concat_tables([rows, assigned([(1, 0, "autumn", "holdout")])]))
    assert found.verdict.verdict == "no trial" and refusals(found) == ["two_arms"] and found.churn is None


def test_messages_from_before_the_assignment_make_it_no_trial(trial):
    found = alone(*trial(messages=[(1, 3, "autumn"), (2, 3, "other")]))
    assert refusals(found) == ["assigned_late"] and found.trial.refusals[0].what.startswith("1 users")


def test_scores_that_are_newer_than_the_assignment_make_it_no_trial(trial, cutoff):
    at = [cutoff + timedelta(microseconds=1)] * 3 + [cutoff] * 97
    found = alone(*trial(risk=0.5, expected_value=1.0, scored_at=at))
    assert refusals(found) == ["scored_late"] and found.trial.refusals[0].what.startswith("3 users")


def test_a_ratio_off_by_a_tenth_at_twenty_thousand_is_no_trial(base_of, assigned):
    rows = [(user, 0, "c", "holdout" if user < 2200 else "treatment") for user in range(20_000)]
    base = base_of(orders=["user_id ago amount", (1, 100, 1)])
    found = alone(base, assigned(rows, share=0.1))
    assert refusals(found) == ["sample_ratio"] and found.verdict.verdict == "no trial"
    assert 0 < found.trial.smallest_loss < 0.15


def test_arms_that_differed_before_are_no_trial(trial):
    risk = [0.2 + (user % 7) / 100 for user in range(60)] + [0.6 + (user % 7) / 100 for user in range(40)]
    found = alone(*trial(risk=risk, expected_value=1.0))
    assert refusals(found) == ["imbalance"] and found.churn is None


def test_a_campaign_without_holdout_is_no_trial(trial):
    found = alone(*trial(sizes=(60, 0), stay=(30, 0)))
    assert refusals(found) == ["no_holdout"]


def test_so_few_users_tell_nothing(trial):
    found = alone(*trial(sizes=(60, 19), stay=(30, 9)))
    assert found.verdict.missing == 1 and found.churn is None


def test_risk_from_before_narrows_the_interval(trial):
    base, rows = trial(sizes=(60, 40), stay=(30, 20))
    risk = [0.1 if place < 30 else 0.9 for place in range(60)] + [0.1 if place < 20 else 0.9 for place in range(40)]
    more = rows.set_column(rows.column_names.index("risk"), "risk", pa.array(risk))
    more = more.set_column(more.column_names.index("expected_value"), "expected_value", pa.array([1.0] * 100))
    plain, adjusted = (alone(base, one).churn for one in (rows, more))
    assert adjusted.variance_removed > 0.9 and plain.variance_removed == 0
    assert adjusted.high - adjusted.low < 0.5 * (plain.high - plain.low)


def test_where_nobody_spent_before_the_window_itself_caps(trial):
    assert alone(*trial()).cap == 10


def test_the_cap_is_that_of_the_window_before(base_of, assigned):
    users = range(100)
    orders = [(user, 10, 5) for user in users] + [(user, -3, 500) for user in users]
    rows = assigned([(user, 0, "c", "treatment" if user < 50 else "holdout") for user in users])
    found = alone(base_of(orders=["user_id ago amount", *orders]), rows)
    assert found.cap == 5 and found.capped.treatment == 5 and found.value.treatment == 500


def test_a_campaign_over_time_is_looked_at_by_plan(base_of, assigned, cutoff):
    users = range(400)
    orders = ["user_id ago amount", *((user, 200, 1) for user in users)]
    rows = assigned([(user, -(user // 4) * 0.5, "c", "treatment" if user % 2 else "holdout") for user in users])
    early = alone(base_of(ahead=35, orders=orders), rows)
    assert early.churn is None and "first of the planned looks is at 80" in early.verdict.sentence.en
    assert early.plan is None
    first = alone(base_of(ahead=45, orders=orders), rows)  # by days: who was assigned within the 16th counts
    assert sum(first.looked) == 128 and first.look.level > 0.999 and first.users == (200, 200)
    between = alone(base_of(ahead=48, orders=orders), rows, plans={"c": first.plan})
    assert between.looked == first.looked and between.plan == first.plan
    assert between.churn == first.churn
    again = alone(base_of(ahead=90, orders=orders), rows, plans={"c": first.plan})
    assert sum(again.looked) == 400 and again.look.number == 2 and again.plan.over


def test_a_play_over_two_epochs_counts_users_as_clusters(base_of, assigned):
    users = range(100)
    orders = [(user, 300, 1) for user in users] + [(user, -40, 1) for user in users if user % 3]
    rows = [(user, 0, "r1/p", "treatment" if user < 50 else "holdout") for user in users]
    rows += [(user, -35, "r2/p", "treatment" if user % 2 else "holdout") for user in users]
    both = assigned(rows, epoch=["1"] * 100 + ["2"] * 100, share=0.5)
    base = base_of(ahead=120, orders=["user_id ago amount", *orders])
    found = {one.campaign_id: one for one in verify(base, with_pooled(both))}
    assert found.keys() == {"r1/p", "r2/p", "p"}
    assert found["p"].users == (100, 100) and found["p"].key == "p@2"
    assert found["p"].churn.design_effect != 1 and found["r1/p"].churn.design_effect == 1
    assert found["p"].trial.users == (50, 50)  # each user tells of the ratio once


def test_the_effect_of_all_plays_is_no_campaign_of_its_own(trial):
    found = alone(*trial(campaign_id="global_holdout/2026-H1", sent_as=None))
    assert found.reached is None and found.verdict.verdict == "worked"


def test_only_takes_campaigns_by_id_and_by_play(assigned):
    rows = assigned([(1, 0, "r1/p", "treatment"), (1, 0, "r2/p", "treatment"), (1, 0, "other", "holdout")])
    assert only(rows, ["p"])["campaign_id"].unique().to_pylist() == ["r1/p", "r2/p"]
    assert only(rows, ["r2/p", "other"])["campaign_id"].unique().to_pylist() == ["r2/p", "other"]
    assert len(only(rows, ["none"])) == 0


def test_figures_do_not_depend_on_the_order_of_rows(trial):
    base, rows = trial(risk=[0.3 + (user * 37 % 100) / 300 for user in range(100)], expected_value=1.0)
    shuffled = rows.take(pa.array(np.random.default_rng(1).permutation(len(rows))))
    one, other = alone(base, rows), alone(base, shuffled)
    assert other.churn.difference == pytest.approx(one.churn.difference)
    assert other.verdict == one.verdict and other.moves == one.moves


@pytest.fixture
def shops(assigned, base_of):
    """shops(by_shop): 40 shops of 15, of which all customers come back or none; drawn by shop, or one by one."""

    def make(by_shop, shops=40, each=15):
        random = np.random.default_rng(4)
        users = range(shops * each)
        loyal = random.random(shops) < 0.5
        held = random.permutation(shops if by_shop else len(users)) < (shops if by_shop else len(users)) * 0.25
        arms = ["holdout" if held[user // each if by_shop else user] else "treatment" for user in users]
        orders = [(user, 100, 10) for user in users] + [(user, -5, 10) for user in users if loyal[user // each]]
        rows = assigned([(user, 0, "autumn", arm) for user, arm in zip(users, arms, strict=True)], share=0.25)
        names = pa.array([f"shop {user // each}" for user in users])
        at = rows.column_names.index("cluster")
        return base_of(orders=["user_id ago amount", *orders]), rows, rows.set_column(at, "cluster", names)

    return make


@pytest.mark.parametrize("by_shop", [True, False])
def test_intervals_count_shops_where_a_column_names_them(shops, by_shop):
    base, alone, together = shops(by_shop)
    (one,), (other,) = verify(base, together), verify(base, alone)
    assert one.clusters == 40 and other.clusters is None and one.users == other.users
    assert one.moves is None and one.save_rates is None and other.moves is not None
    wider = (one.churn.high - one.churn.low) / (other.churn.high - other.churn.low)
    assert wider > 3 if by_shop else wider < 1.4  # the root of 15, and no cost where each shop has both arms
    drawn = (30, 10) if by_shop else (450, 150)
    assert one.trial.users == drawn and one.trial.ok


def test_three_shops_tell_nothing(trial):
    (found,) = verify(*trial(cluster=["a"] * 60 + ["b"] * 20 + ["c"] * 20))
    assert found.verdict.sentence.en == "not proven: users are in 3 clusters, which are too few to tell anything"
    assert "3 个群组" in found.verdict.sentence.zh and found.churn is None
