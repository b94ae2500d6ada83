import duckdb
import numpy as np
import pytest

from training.verification.arms import arms, covariates, log_scale
from training.verification.trial import balance, check, later, loss, sample_ratio, smallest_loss

TYPE_A = ("8", "13", "18", "27")


def codes(trial):
    return [one.code for one in trial.refusals]


def before(seed, treated, lean=0.0):
    """Amounts as skewed as spend; lean: how much more the treated had spent."""
    rng = np.random.default_rng(seed)
    spend = rng.lognormal(3, 1.2, len(treated)) * np.where(treated, np.exp(lean), 1.0)
    return covariates(("spend", "risk"), treated, np.column_stack([log_scale(spend), rng.random(len(treated))]))


def test_a_sound_trial_passes():
    trial = check((18_990, 1_010), 0.05, (18_990, 1_010), before(1, np.arange(20_000) < 18_990))
    assert trial.ok and trial.refusals == () and trial.sample_ratio_p > 0.5 and trial.balance_p > 0.001
    assert [one.name for one in trial.balance] == ["spend", "risk"]


def test_sound_trials_are_refused_once_in_a_thousand():
    treated = np.arange(2_000) < 1_900
    p = np.array([balance(*before(seed, treated))[1] for seed in range(2_000)])
    assert 0.035 <= np.mean(p < 0.05) <= 0.065 and np.mean(p < 0.001) <= 0.004


@pytest.mark.parametrize("holdout", [0.5, 0.2])
def test_a_tenth_of_the_holdout_lost_is_seen(holdout):
    held = round(20_000 * holdout)
    assert codes(check((20_000 - held, round(held * 0.9)), holdout)) == ["sample_ratio"]


def test_a_tenth_of_a_small_holdout_lost_is_seen_against_the_draw():
    assert sample_ratio(19_000, 900, 0.05) > 0.001  # the sizes alone do not show it
    trial = check((19_000, 900), 0.05, planned=(19_000, 1_000))
    assert codes(trial) == ["one_sided_loss"] and "100 of 1,000 of the holdout" in trial.refusals[0].words


def test_losing_users_of_both_arms_alike_is_no_reason():
    assert check((18_050, 950), 0.05, planned=(19_000, 1_000)).ok
    assert loss((18_050, 950), (19_000, 1_000)) > 0.5


@pytest.mark.parametrize("holdout", [0.5, 0.1])
def test_the_smallest_loss_is_seen_in_four_of_five(holdout):
    rng, share = np.random.default_rng(1), smallest_loss(20_000, holdout)
    drawn = rng.binomial(20_000, holdout, 400)
    seen = np.mean([sample_ratio(20_000 - n, rng.binomial(n, 1 - share), holdout) < 0.001 for n in drawn])
    assert seen == pytest.approx(0.8, abs=0.06)
    assert smallest_loss(50, 0.05) is None  # not even all of it


def test_who_is_chosen_by_what_they_spent_is_no_trial():
    trial = check((1_000, 1_000), None, before=before(1, np.arange(2_000) < 1_000, lean=0.4))
    assert codes(trial) == ["imbalance"] and "most in spend, by +0." in trial.refusals[0].words
    assert trial.sample_ratio_p is None and trial.smallest_loss is None


def test_risks_given_with_the_arms_are_compared():
    rng, n = np.random.default_rng(1), 2_000
    risk, value = rng.random(n), rng.lognormal(2, 1, n)
    chosen = arms(risk > 0.6, rng.random(n) < risk, value, risk, value).before
    drawn = arms(np.arange(n) % 2 == 0, rng.random(n) < risk, value, risk, value).before
    assert codes(check((800, 1_200), before=chosen)) == ["imbalance"] and check((1_000, 1_000), before=drawn).ok


def test_covariates_that_say_the_same_or_nothing_are_borne():
    treated = np.arange(200) < 100
    x = np.random.default_rng(1).normal(size=200)
    alone = balance(*covariates(("x",), treated, x[:, None]))[1]
    found, p = balance(*covariates(("x", "twice", "one"), treated, np.column_stack([x, 2 * x, np.ones(200)])))
    assert p == pytest.approx(alone) and found[2].standardised == 0 and found[2].p == 1
    assert balance(*covariates(("one",), treated, np.ones((200, 1))))[1] is None


def test_assignments_after_their_outcome_and_scores_after_their_assignment_are_refused():
    begins = np.array(["2026-01-01", "2026-01-01"], dtype="M8[s]")
    assigned = np.array(["2026-01-01", "2026-01-09"], dtype="M8[s]")
    late, newer = later(assigned, begins), later(np.array(["2026-01-02"] * 2, dtype="M8[s]"), assigned)
    assert (late, newer) == (1, 1)
    assert codes(check((50, 50), 0.5, assigned_late=late, scored_late=newer)) == ["assigned_late", "scored_late"]


def test_one_arm_alone_and_users_in_both_are_refused():
    assert codes(check((50, 0), 0.05)) == ["no_holdout"]
    assert codes(check((50, 50), 0.5, in_both_arms=3)) == ["two_arms"]


def test_every_refusal_says_its_cure():
    trial = check((900, 40), 0.1, (900, 100), before(1, np.arange(940) < 900, lean=2.0), 1, 1, 1)
    assert len(trial.refusals) == 5 and all("; " in one.words for one in trial.refusals)


def test_what_is_the_same_within_each_arm_and_not_between_them_is_imbalance():
    treated = np.arange(100) < 50
    known = covariates(("bought",), treated, treated[:, None].astype(float))
    assert codes(check((50, 50), 0.5, before=known)) == ["imbalance"] and balance(*known)[1] == 0


def test_what_is_the_same_for_everybody_tells_nothing():
    known = covariates(("bought",), np.arange(100) < 50, np.full((100, 1), 7.1))
    assert codes(check((50, 50), 0.5, before=known)) == [] and balance(*known)[1] is None


@pytest.mark.parametrize("campaign", TYPE_A)
def test_campaigns_that_went_to_good_customers_are_no_trials(campaign, real_data):
    folder = f"{real_data}/dunnhumby"
    found = duckdb.sql(f"""
        WITH began AS (
            SELECT start_date FROM '{folder}/campaign_descriptions.parquet' WHERE campaign_id = '{campaign}'),
        past AS (
            SELECT household_id, count(DISTINCT basket_id) AS baskets, sum(sales_value) AS spend,
                   date_diff('day', max(transaction_timestamp), any_value(start_date)::TIMESTAMP) AS days_since
            FROM '{folder}/transactions_sample.parquet', began WHERE transaction_timestamp < start_date GROUP BY ALL)
        SELECT past.*, household_id IN (
            SELECT household_id FROM '{folder}/campaigns.parquet' WHERE campaign_id = '{campaign}') AS treated
        FROM past""").fetchnumpy()
    known = ("baskets", "spend", "days_since")
    values = np.column_stack([log_scale(found[name].astype(float)) for name in known])
    treated = found["treated"].astype(bool)
    trial = check((int(treated.sum()), int((~treated).sum())), before=covariates(known, treated, values))
    assert codes(trial) == ["imbalance"]
