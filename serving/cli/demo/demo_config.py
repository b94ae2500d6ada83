"""The configuration of the demo: every table that is simulated, a playbook, and what the pages show beside it."""

HEAD = '[project]\nname = "demo"\n'
CONFIG = f"""\
{HEAD}[tables.orders]
path = "data/orders/*.parquet"
[tables.events]
path = "data/events/*.parquet"
[tables.users]
path = "data/users/*.parquet"
[tables.messages]
path = "data/messages/*.parquet"
[tables.points]
path = "data/points/*.parquet"
[tables.feedback]
path = "data/feedback/*.parquet"
[tables.costs]
path = "data/costs/*.parquet"
[churn]
activity = ["orders"]
horizon_days = 30                 # no order for 30 days = churned
eligible_days = 60
[train]
cutoffs = 4                       # a sixth of the default: a demo should not take long
[score]
max_age_days = 3650               # the simulated logs end with 2025: old by the clock, and not stale
[monitor]
max_model_days = 3650

# What the pages show beside the scores. 页面所需的设置
[funnel]
steps = ["visit", "view", "cart", "checkout"]
[community]
post = "post"
reply = "reply"
[private_domain]                  # no such events are simulated: these stand in for the five steps
steps = ["visit", "view", "post", "cart", "checkout"]
[engagement]
kinds = ["post", "reply"]         # what models see one by one; the steps are left out: a demo should not take long
[points]
per_currency = 100
[[level]]
name = "silver"
zh = "银卡"
least = 250
measure = "points_earned_365d"
[[level]]
name = "gold"
zh = "金卡"
least = 1000
measure = "points_earned_365d"
[[level]]
name = "diamond"
zh = "钻石卡"
least = 3000
measure = "points_earned_365d"
[[segment]]
name = "worth_keeping"
zh = "值得挽留"
all = ["risk_band == 'high'", "stay_tier == 'high'"]
[[segment]]
name = "points_waiting"
zh = "积分待用"
all = ["points_worth >= 5"]
[[tag]]
name = "risk:worth_keeping"
group = "risk"
segment = "worth_keeping"
zh = "值得挽留"
[[tag]]
name = "points:waiting"
group = "points"
segment = "points_waiting"
zh = "积分待用"
[[goal]]
name = "Healthy share"
zh = "健康用户占比"
metric = "share:healthy"
target = 0.5
by = 2026-03-31
[[goal]]
name = "Users at risk"
zh = "高风险用户数"
metric = "users:at_risk"
target = 600
lower = true
by = 2026-03-31

# Who may be written to: one policy for all plays. 触达规则
[contact]
quiet_hours = {{ from = "21:00", to = "09:00" }}
max = [{{ messages = 2, days = 7 }}, {{ messages = 4, days = 30 }}]
global_holdout = 0.05             # in no play at all: what all plays together are worth
[contact.channels.email]
cost = 0.001
[contact.channels.push]
[contact.channels.sms]
consent = "users.consent_sms"
id = "users.phone_sha256"
cost = 0.045

# Whom to write to, by priority: the first play that may take a user does. 打法，按优先级
[[calendar]]
name = "birthday"
zh = "生日"
column = "users.birthday"
days_before = 3
[[play]]
name = "keep_valuable"
en = "Keep the valuable"
zh = "高价值挽留"
all = ["risk_band in ('medium', 'high')", "stay_tier == 'high'"]
offer = "coupon_20"
channels = ["sms", "push", "email"]
cost = 5.0
budget = 500
rank = "value_at_stake"
[[play]]
name = "birthday"
en = "Birthday"
zh = "生日祝福"
all = ["calendar:birthday == true"]
kind = "care"
channels = ["push", "email"]
[[play]]
name = "points_unspent"
en = "High balance, no spending"
zh = "高余额未消费"
all = ["layer:points == '高余额未消费'"]
kind = "service"
channels = ["push", "email"]
[[play]]
name = "loyal_perks"
en = "Perks for the loyal"
zh = "忠诚礼遇"
all = ["stage == 'loyal'"]
kind = "care"
channels = ["push", "email"]
[[play]]
name = "winback"
en = "Win-back"
zh = "流失召回"
all = ["stage in ('lapsed_1', 'lapsed_2')"]
offer = "coupon_5"
channels = ["email"]
cost = 1.0
budget = 300
goal = "lapsed_1 -> active"
"""
