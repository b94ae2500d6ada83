"""What the folder of a campaign's run holds and its report says, for people: the reference page is made from it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class RunFile:
    """A file of a run's folder, the verb that writes it, and what it holds."""

    name: str
    by: str
    holds: str


FILES = (
    RunFile(
        "assignments/part-*.parquet", "plan", "every user whom a play matched: play and arm, or the reason why not"
    ),
    RunFile("lists/PLAY/full.parquet", "plan", "who is written to: user, channel, value, hours, place"),
    RunFile(
        "lists/PLAY/in.parquet",
        "plan",
        "those of them who were not on the list exported last, or rested on it",
    ),
    RunFile(
        "lists/PLAY/out.parquet",
        "plan",
        "who was on the list exported last, and left it: does not even rest",
    ),
    RunFile("stayed/part-*.parquet", "plan", "who met the rule of a play with `entered` before, and so does not match"),
    RunFile("report.json", "plan", "the counts, see below"),
    RunFile(
        "manifest.json",
        "plan",
        "what the run was made from, and every file's sha256; written last. Where somebody was erased, `places` says "
        "by what name a file lies beside the old one's, and `erasures` when",
    ),
    RunFile("approval.json", "approve", "who approved, when, and the sha256 of the manifest that was approved"),
    RunFile("cancelled.json", "cancel", "who cancelled, and when: nothing can be exported any more"),
    RunFile("exports/PLAY-FORMAT-LIST/CHANNEL/part-*", "export", "the files for the platform: [formats](exports.md)"),
    RunFile("exports/PLAY-FORMAT-LIST/sent.parquet", "export", "who is in the files, and who was held back beside"),
    RunFile(
        "exports/PLAY-FORMAT-LIST/members.parquet",
        "export",
        "whom the list holds from then on, who rests",
    ),
    RunFile("exports/PLAY-FORMAT-LIST/receipt.json", "export", "counts, files, who was dropped, why; written last"),
)
REPORT = (  # field, its type, its meaning
    ("run", "text", "the run's name"),
    ("as_of", "time, UTC", "of the snapshot"),
    ("plays", "list", "the plays by priority"),
    ("plays[].name", "text", "the play, as in `holdfast.toml`"),
    ("plays[].matched", "users", "whom its rule matches"),
    ("plays[].fates", "users by fate", "every fate, also those that nobody has; they add up to `matched`"),
    ("plays[].cost", "currency", "of offers and messages to those who are written to"),
    ("plays[].budget", "currency or null", "of the play, as in `holdfast.toml`"),
    ("plays[].rank.by", "column", "what orders the users where the budget or the places end"),
    ("plays[].rank.why", "`en`, `zh`", "why it is that column, in English and Chinese"),
    ("users.matched", "users", "whom any play matched, each once"),
    (
        "users.fates",
        "users by fate",
        "of each user the fate in the play that took them, else in the first that matched",
    ),
    ("cost", "currency", "of all plays"),
    ("ended", "list of text", "plays that had ended before the run's date"),
)
