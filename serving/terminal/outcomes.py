"""What left the house and what came back, as a person sees it in the terminal: exports and outcomes of campaigns."""

from collections.abc import Sequence

from rich.table import Table

from serving.campaigns.export import Exported
from serving.campaigns.fates import words
from serving.campaigns.formats.receivers import REASONS as LEFT_OUT
from serving.campaigns.lists.tag_sync import Synced
from serving.campaigns.read_back import WAIT_DAYS, Outcome
from serving.campaigns.run import Run
from serving.terminal.console import console, in_language, say

OUTCOMES = {
    "en": ("run", "play", "channel", "exported", "sent", "delivered", "opened", "clicked", "opted out"),
    "zh": ("活动", "打法", "渠道", "已导出", "已发送", "已送达", "已打开", "已点击", "已退订"),
}
LEFT_OUT_ZH = {  # of ``formats.receivers.REASONS``
    "no_id": "该渠道没有此用户的标识",
    "same_id": "名单中已有用户用了同一标识",
    "no_sender": "企业微信：没有员工是其联系人，绝不群发给所有人",
    "not_wecom": "该渠道没有设置 [contact.channels] sender，不属于企业微信，请用其他格式导出",
    "no_message": "企业微信：离开名单的用户不发消息",
    "no_tags": "企业微信：没有要添加或去除的标签",
    "formula_id": "Braze：标识的开头像公式，加防护后会变成别人的",
}


def show_exported(done: Exported, language: str = "en") -> None:
    """What an export wrote, and who was left out of it."""
    receipt = done.receipt
    told = [
        in_language(language, f"{count:,} by {channel}", f"{channel} {count:,} 人")
        for channel, count in receipt["rows"].items()
        if count
    ]
    if not told:
        told = [in_language(language, "nobody, so nothing was written", "没有用户，因此没有写文件")]
    for why, count in receipt["dropped"].items():
        told.append(
            in_language(
                language, f"{count:,} dropped, {words(why)} now", f"{count:,} 人去除：现在{words(why, language)}"
            )
        )
    for why, count in receipt["left_out"].items():
        told.append(
            in_language(
                language,
                f"{count:,} left out, {LEFT_OUT.get(why, why)}",
                f"{count:,} 人未列入：{LEFT_OUT_ZH.get(why, why)}",
            )
        )
    again = in_language(language, ", as exported before", "，与之前导出的相同") if done.again else ""
    head = in_language(
        language,
        f"{receipt['play']} as {receipt['format']}, {receipt['which']} list{again}: ",
        f"{receipt['play']}，{receipt['format']}，{receipt['which']} 名单{again}：",
    )
    say(head + in_language(language, "; ", "；").join(told))
    if receipt["files"]:
        say(in_language(language, f"  in {done.folder}", f"  文件在 {done.folder}"))


def show_after_export(run: Run, language: str = "en") -> None:
    """What a person does with the files, and what brings the outcome back."""
    say(
        in_language(
            language,
            f"nothing was sent: send the files, let messages carry campaign_id '{run.name}/PLAY', and once they are "
            "in [tables.messages], see what came back with 'holdfast campaign read-back'",
            f"没有发送任何消息：请自行发送这些文件，消息的 campaign_id 写 '{run.name}/打法名'；消息进入 "
            "[tables.messages] 后，用 'holdfast campaign read-back' 查看结果",
        )
    )


def show_synced(done: Synced, language: str = "en") -> None:
    """What a sync of tags wrote."""
    rows = done.receipt["rows"] if done.receipt else 0
    head = (
        (f"tags of {rows:,} users change", f"{rows:,} 人的标签有变化")
        if rows
        else (
            "no tag changed since the sync before, so nothing was written",
            "标签自上次同步以来没有变化，因此没有写文件",
        )
    )
    lacking = done.left_out.items()
    en = head[0] + "".join(f"; {count:,} left out, {LEFT_OUT.get(why, why)}" for why, count in lacking)
    zh = head[1] + "".join(f"；{count:,} 人未列入：{LEFT_OUT_ZH.get(why, why)}" for why, count in lacking)
    say(in_language(language, en, zh))
    if done.folder is None:
        return
    say(in_language(language, f"  in {done.folder}; nothing was sent", f"  文件在 {done.folder}；没有发送任何消息"))


def show_outcomes(found: Sequence[Outcome], language: str = "en") -> None:
    """What came back, by run, play and channel."""
    if not found:
        say(
            in_language(
                language,
                "no list was exported yet; do it with 'holdfast campaign export'",
                "还没有导出名单；用 'holdfast campaign export' 导出",
            )
        )
        return
    table = Table(title=in_language(language, "What came back", "结果回收"), title_justify="left")
    for number, heading in enumerate(OUTCOMES[language]):
        table.add_column(heading, justify="left" if number < 3 else "right")
    for one in found:
        counts = (one.exported, one.sent, one.delivered, one.opened, one.clicked, one.opted_out)
        table.add_row(one.run, one.play, one.channel, *("–" if n is None else f"{n:,}" for n in counts))
    console().print(table)
    if any(one.delivered is None for one in found):
        say(in_language(language, "–: no column of [tables.messages] tells", "–：[tables.messages] 没有相应的列"))
    for one in found:
        if one.late:
            mark = f"{one.run}/{one.play}"
            say(
                in_language(
                    language,
                    f"{mark}, {one.channel}: {one.late:,} users exported more than {WAIT_DAYS} days ago have no "
                    "message: was the list sent, and do messages carry its campaign_id?",
                    f"{mark}，{one.channel}：{one.late:,} 人导出超过 {WAIT_DAYS} 天仍没有消息：名单发送了吗？消息"
                    "带有它的 campaign_id 吗？",
                )
            )
