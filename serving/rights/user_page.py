"""What is kept about one person as a page that stands alone, in English or Chinese."""

from typing import Any

from features.config import Config
from serving.rights.kept import KINDS, Kept, Place
from serving.scoring.wording import Words
from training.evaluation.document import Document, Section, Table, html

LANGUAGES = {"en": "en", "zh": "zh-CN"}
CHINESE = {  # columns that people ask about; others are shown by their names
    "user_id": "用户编号",
    "as_of": "截止时间",
    "eligible": "是否参与评分",
    "reason_not_eligible": "未评分原因",
    "stage": "生命周期阶段",
    "stage_before": "上期阶段",
    "churn_risk": "流失风险",
    "risk_band": "风险档",
    "risk_percentile": "风险百分位",
    "expected_value": "预期价值",
    "value_rank": "价值排名",
    "value_tier": "价值层",
    "value_if_stays": "留下后的价值",
    "stay_tier": "留下后的价值层",
    "value_at_stake": "待挽留价值",
    "bucket": "随机分桶号",
    "level": "会员等级",
    "tags": "标签",
    "churn_curve": "流失曲线",
    "lifetime_days": "预期生命周期（天）",
    "lifetime_value": "预期生命周期价值",
    "history_days": "历史天数",
    "active_days": "活跃天数",
    "weekly_counts": "近 26 周每周下单次数",
    "points_balance": "积分余额",
    "reasons": "流失风险的原因",
    "model_version": "模型版本",
    "play": "打法",
    "arm": "分组",
    "reason": "未触达原因",
    "channel": "渠道",
    "cost": "成本",
    "rank": "名次",
    "time": "时间",
    "what": "操作",
    "key": "操作人密钥",
}
WORDS = {
    "en": {
        "title": "All that is kept about user {user}",
        "line": "Made on {made} UTC from the files of Holdfast.",
        "places": "places",
        "places_note": "files that hold something about this person",
        "rows": "rows",
        "rows_note": "in all of them",
        "column": "What",
        "value": "Value",
        "none": "Nothing is kept about this person.",
        "erased": "This person was erased before: only a salted hash of the id is kept, so that they never come back.",
        "lists": "Sent to other systems",
        "lists_line": "These lists left the house with this person on them; what those systems keep, they tell.",
        "sources": "Where it comes from",
        "sources_line": "Holdfast reads these tables and does not write them; whoever runs them tells what they hold.",
    },
    "zh": {
        "title": "关于用户 {user} 保存的全部数据",
        "line": "于 {made}（UTC）根据 Holdfast 的文件生成。",
        "places": "处",
        "places_note": "保存有此人数据的文件",
        "rows": "行",
        "rows_note": "合计",
        "column": "项目",
        "value": "内容",
        "none": "没有保存关于此人的任何数据。",
        "erased": "此人的数据已被删除：只保留用户编号的加盐哈希，以确保不再被处理。",
        "lists": "已发送给其他系统",
        "lists_line": "以下名单在导出时包含此人；那些系统保存的内容由其运营方说明。",
        "sources": "数据来源",
        "sources_line": "Holdfast 只读取以下数据表，不写入；表中内容由其管理方说明。",
    },
}


def page(kept: Kept, config: Config, language: str) -> str:
    """The page as HTML. language: en or zh."""
    say = WORDS[language]
    made = f"{kept.made:%Y-%m-%d %H:%M}"
    rows = sum(len(one.rows) for one in kept.places)
    figures = (
        (say["places"], f"{len(kept.places):,}", say["places_note"]),
        (say["rows"], f"{rows:,}", say["rows_note"]),
    )
    sections = [_section(one, config, language) for one in kept.places]
    notes = [*([] if kept.places else [say["none"]]), *([say["erased"]] if kept.suppressed else [])]
    if notes:
        sections.insert(0, Section(say["title"].format(user=kept.user), tuple(notes)))
    if kept.lists:
        sections.append(Section(say["lists"], (say["lists_line"], *kept.lists)))
    sections.append(Section(say["sources"], (say["sources_line"], *kept.sources)))
    title = say["title"].format(user=kept.user)
    return html(Document(title, say["line"].format(made=made), figures, tuple(sections), LANGUAGES[language]))


def _section(place: Place, config: Config, language: str) -> Section:
    say = WORDS[language]
    tables = []
    for row in place.rows:
        told = [(_called(name, place, language), _value(name, value, config, language)) for name, value in row.items()]
        tables.append(Table((say["column"], say["value"]), tuple(told)))
    title = KINDS[place.kind][language == "zh"]
    return Section(f"{title}: {place.name}" if language == "en" else f"{title}：{place.name}", tuple(tables))


def _called(name: str, place: Place, language: str) -> str:
    """A column by its name and what it means."""
    if language == "zh":
        return f"{CHINESE[name]}（{name}）" if name in CHINESE else name
    meaning = place.meanings.get(name)
    return f"{name} ({meaning})" if meaning else name


def _value(name: str, value: Any, config: Config, language: str) -> str:
    if name == "reasons" and isinstance(value, list):
        words = Words("zh" if language == "zh" else "en", tuple(config.churn.activity))
        return "; ".join(words.reasons(value))
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, list):
        return "; ".join(_value("", one, config, language) for one in value)
    if isinstance(value, dict):
        return ", ".join(f"{key} {_value(key, one, config, language)}" for key, one in value.items())
    return str(value)
