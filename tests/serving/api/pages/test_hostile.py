"""Whatever text a base or a configuration holds, it stays text: on every page, in every file, in every answer."""

import csv
import html
import io
import json
import re
from html.parser import HTMLParser
from types import SimpleNamespace
from urllib.parse import quote

import anyio
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from starlette.testclient import TestClient

from features.boards import BOARDS
from features.config import load
from features.user_base import opened
from serving.api.live import Current
from serving.api.pages.table import PAGES
from serving.api.pages.view import WHO, Who
from serving.api.routes import get_routes, table
from serving.api.routes.route import PEOPLE, may
from serving.batch.part import part_file, write_part
from serving.batch.snapshot import finish
from serving.boards.write import write_boards
from serving.campaigns.formats.cells import FORMULA, guarded
from serving.campaigns.plan import plan
from serving.reports.funnel import funnel
from serving.reports.layers import layered

# A formula, a break-out of an attribute, a template, a format, a comment, a mark from right to left, an entity.
EVIL = """=1+2,"'><evil-x evilattr=1>{0}%s<!--\u202e&amp;\\"""
USERS = [f"{begin}{number}{EVIL}\r\n\t;" for number in range(8) for begin in ("+", "@", '"', "/../", "\u200f=")]
KINDS = ["join", "post", "view", "cart", "leave"]  # of events that settings name: these may not be just anything
LINK = re.compile(r'href="(/ui[^"#]*)"')


def text(value):
    return json.dumps(value, ensure_ascii=False)  # a TOML basic string


def toml():
    e = text(EVIL)
    names = ", ".join(text(f"{n}{EVIL}") for n in "abc")
    tables = ("orders", "users", "events", "messages", "feedback", "costs", "points")
    steps = ", ".join(text(one) for one in KINDS)
    return f"""
[engine]
threads = 1
{"".join(f'[tables.{name}]{chr(10)}path = "{name}.csv"{chr(10)}' for name in tables)}
[churn]
activity = ["orders"]
horizon_days = 30
[points]
[funnel]
steps = [{steps}]
[community]
join = "join"
post = "post"
leave = "leave"
[private_domain]
steps = [{steps}]
[risk]
names = [{names}]
[value]
tiers = ["none", {names}]
[[lifecycle.stage]]
name = "loyal"
label = {e}
all = ["order_count_30d >= 2"]
[[lifecycle.stage]]
name = "rest"
label = {e}
[[layers.layer]]
name = "mine"
[[layers.layer.group]]
name = {e}
label = {e}
all = ["order_count_30d >= 1"]
[[layers.layer.group]]
name = {text("z" + EVIL)}
[contact]
global_holdout = 0.1
[contact.channels.email]
[[segment]]
name = "s"
zh = {e}
all = ["order_count_30d >= 1"]
[[tag]]
name = "t"
segment = "s"
group = {e}
zh = {e}
[[level]]
name = "gold"
zh = {e}
least = 1
measure = "order_count_365d"
perks = [{e}]
[[goal]]
name = {e}
zh = {e}
metric = "users"
target = 1
by = "2026-12-31"
[[play]]
name = "p"
en = {e}
zh = {e}
all = ["churn_risk >= 0"]
offer = {e}
channels = ["email"]
"""


def rows(file, names, found):
    with file.open("w", newline="", encoding="utf-8") as out:
        csv.writer(out).writerows([names, *found])


@pytest.fixture(scope="module")
def world(store, tmp_path_factory):
    """Pages and API over a base in which every text is hostile; its rows are those of the real snapshot."""
    folder = tmp_path_factory.mktemp("hostile")
    (folder / "holdfast.toml").write_text(toml(), encoding="utf-8")
    days = [f"2026-01-{day:02}" for day in range(1, 29)]
    rows(folder / "orders.csv", ("user_id", "time", "amount"), [(u, d, 9) for u in USERS for d in days[::5]])
    rows(
        folder / "users.csv",
        ("user_id", "channel", "plan", "region", "consent_marketing", "segment"),
        [(u, EVIL, EVIL, EVIL, "true", EVIL) for u in USERS],
    )
    happened = [(u, days[place], kind, EVIL, EVIL) for u in USERS for place, kind in enumerate([*KINDS, EVIL], 9)]
    rows(folder / "events.csv", ("user_id", "time", "event", "item", "channel"), happened)
    earned = [(u, days[3], kind, 900, EVIL) for u in USERS for kind in ("earned", "claimed")]
    rows(folder / "points.csv", ("user_id", "time", "kind", "points", "task"), earned)
    rows(
        folder / "messages.csv",
        ("user_id", "time", "channel", "campaign_id"),
        [(u, days[3], EVIL, EVIL) for u in USERS],
    )
    rows(folder / "feedback.csv", ("user_id", "time", "kind", "score"), [(u, days[4], "survey", 3) for u in USERS])
    rows(folder / "costs.csv", ("time", "channel", "cost"), [(days[2], EVIL, 100)])
    config = load(folder / "holdfast.toml")
    real = store.snapshot.table().slice(0, 400)
    real = real.filter(real["eligible"]).slice(0, len(USERS))
    users = sorted(USERS)
    many = [f"{'abc'[at % 3]}{EVIL}" for at in range(len(users))]
    given = {"user_id": users, "risk_band": many, "stay_tier": many, "value_tier": many, "level": ["gold"] * len(users)}
    given |= {name: ["loyal", "rest"] * (len(users) // 2) for name in ("stage", "stage_before")}
    columns = {name: pa.array(given[name]) if name in given else real[name] for name in real.column_names}
    kinds = {"level": pa.array(given["level"]), "tags": pa.array([["t"]] * len(users))}
    to = config.store_path / "snapshots" / "2026-01-29-hostile"
    write_part(to, "all", pa.table(columns | kinds))
    with opened(config) as base:
        at = base.tables.observed_until
        boards = write_boards(base, at, to, [part_file(to, "all")], at)
        about = {key: one for key, one in store.snapshot.manifest.items() if key not in ("version", "digits", "parts")}
        about |= {"as_of": at.isoformat(), "users": len(users), "config_hash": config.hash(), "boards": boards}
        snapshot = finish(to, about | {"stages_before": None}, 0)
        layered(base, None, config.store_path / "layers", ["mine"])
        funnel(base, None, None, config.store_path / "funnel")
        run = plan(base, snapshot, EVIL[:20])
    current = Current(store.model, snapshot, SimpleNamespace(config=config))  # a page predicts nothing
    app = get_routes.app(table.GETS, table.API, table.PAGES)
    get_routes.attach(app, SimpleNamespace(current=lambda: current), anyio.CapacityLimiter(2))
    found = SimpleNamespace(boards=boards, run=run, users=users, who=Who())

    async def asked(scope, receive, send):
        scope[WHO] = found.who
        await app(scope, receive, send)

    with TestClient(asked, "http://localhost") as found.client:
        yield found


class Marks(HTMLParser):
    """What a browser would make of a page: the marks and attributes that no template of ours has."""

    def __init__(self):
        super().__init__()
        self.wrong = []

    def handle_starttag(self, tag, attrs):
        names = {name for name, _ in attrs}
        if "evil" in tag or "evilattr" in names or any(name.startswith("on") for name in names) or tag == "script":
            self.wrong.append((tag, attrs))

    def handle_comment(self, data):
        self.wrong.append(("comment", data))


def wrong(page):
    marks = Marks()
    marks.feed(page)
    return marks.wrong


@pytest.mark.parametrize("language", ["en", "zh"])
def test_hostile_texts_stay_text_on_every_page(world, language):
    params = {"run": world.run.name, "play": "p", "user_id": "x", "layer": "mine", "group": "x", "kind": "x"}
    gets = [one.name for one in PAGES if "GET" in one.methods and one.handler]
    left = [re.sub(r"\{(\w+)\}", lambda key: params.get(key[1], "x"), name) for name in gets]
    left.append("/ui/list?band=" + "%22%27%3E%3Cevil-x%20evilattr%3D1%3E")
    seen, shapes = set(), {}
    while left and len(seen) < 80:
        address = left.pop(0)
        shape = re.sub(r"/users/.*|=[^&]*", "", address)  # a few of each kind
        if address in seen or shapes.get(shape, 0) > 1 or address.startswith("/ui/list/"):
            continue
        seen.add(address)
        shapes[shape] = shapes.get(shape, 0) + 1
        answer = world.client.get(address, headers={"accept-language": language})
        world.client.cookies.clear()
        assert answer.status_code in (200, 404, 409), (address, answer.text[:200])
        if "html" in answer.headers["content-type"]:
            assert wrong(answer.text) == [], address
            assert "<evil" not in answer.text, address
            left += [html.unescape(one) for one in LINK.findall(answer.text)]
    texts = {shape for shape in shapes if shape.startswith("/ui/users")}
    assert len(seen) > 30 and texts, "links to users were followed"


def test_a_user_of_a_hostile_id_is_found_by_the_link_of_the_list(world):
    page = world.client.get("/ui/list", headers={"accept-language": "en"}).text
    links = [html.unescape(one) for one in LINK.findall(page) if one.startswith("/ui/users/")]
    assert len(links) == len(world.users)
    assert {world.client.get(one).status_code for one in links} == {200}


def test_a_list_of_a_band_with_commas_and_quotes_is_as_long_as_its_count(world):
    page = world.client.get("/ui/cells", headers={"accept-language": "en"}).text
    lists = {html.unescape(one) for one in LINK.findall(page) if one.startswith("/ui/list?band")}
    found = [
        re.search(r"<b>([\d,]+) users</b>", world.client.get(one, headers={"accept-language": "en"}).text)
        for one in lists
    ]
    assert lists and sum(int(one[1]) for one in found if one) >= len(world.users)


def test_files_of_a_list_hold_the_texts_and_no_formula(world):
    rows = list(csv.reader(io.StringIO(world.client.get("/ui/list/csv").content.decode(), newline="")))
    assert sorted(row[0] for row in rows[1:]) == sorted(guarded(one) for one in world.users)
    assert not [cell for row in rows for cell in row if FORMULA.match(cell) and not re.match(r"'|-?[\d.]+$", cell)]
    lines = world.client.get("/ui/list/jsonl").text.split("\n")[:-1]
    assert sorted(json.loads(line)["user_id"] for line in lines) == world.users
    found = pq.read_table(io.BytesIO(world.client.get("/ui/list/parquet").content))
    assert sorted(found["user_id"].to_pylist()) == world.users


def test_boards_of_the_api_hold_the_texts_and_no_formula(world):
    told = {"channels", "kinds", "messages", "feedback", "cube", "top", "levels", "tags", "goals"}
    assert told | {"community", "points", "private_domain"} <= {*world.boards["made"]}
    (group, *_) = world.client.get("/v1/boards/community").json()["rows"]
    assert group["group"] == EVIL
    for name in world.boards["made"]:
        assert world.client.get(f"/v1/boards/{name}").json()["board"]["name"] == name and name in BOARDS
        answer = world.client.get(f"/v1/boards/{name}", headers={"accept": "text/csv"})
        rows = list(csv.reader(io.StringIO(answer.content.decode(), newline="")))
        assert not [
            cell for row in rows for cell in row if FORMULA.match(cell) and not re.match(r"'|-?[\d.e-]+$", cell)
        ]


def test_who_may_see_numbers_alone_is_shown_no_user(world):
    world.who = Who("ann", ("view",))
    try:
        seen = 0
        for route in PAGES:
            if "GET" in route.methods and route.handler and may(world.who.scopes, route.scope):
                address = route.name.replace("{run}", world.run.name)
                for query in ("", "?band=" + quote(f"a{EVIL}") + "&stay=" + quote(f"a{EVIL}"), "?all=1&stage=loyal"):
                    page = world.client.get(address + query).text
                    seen += 1
                    assert not [one for one in world.users if one in html.unescape(page)], address
                    assert not re.findall(r'href="/ui/users/', page), address
        assert seen >= 30
    finally:
        world.who = Who()
    assert next(one for one in table.GETS if one.name == "/v1/boards/top").scope == PEOPLE
