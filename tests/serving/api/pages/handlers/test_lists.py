"""Lists: whom the address asks for, page by page."""

import re


def test_pages_of_a_list_hold_everybody_once(site, store):
    users = []
    address = "/ui/list?stage=at_risk"
    while address:
        text = site.get(address, headers={"accept-language": "en"}).text
        users += re.findall(r'href="/ui/users/(\d+)"', text)
        after = re.search(r'href="([^"]*)" rel="next"', text)
        address = after and after[1].replace("&amp;", "&")
    there = [row["user_id"] for row in store.snapshot.table().to_pylist() if row["stage"] == "at_risk"]
    assert sorted(map(int, users)) == sorted(there) and len(there) > 20


def test_a_list_of_an_earlier_snapshot_is_of_then(site, store):
    text = site.get(f"/ui/list?stage=new&at={store.before.run_id}", headers={"accept-language": "en"}).text
    there = sum(row["stage"] == "new" for row in store.before.table().to_pylist())
    assert f"<b>{there:,} users</b>" in text and "/ui/campaigns/new" not in text


def test_an_unknown_snapshot_is_said(site):
    answer = site.get("/ui/list?at=../../etc", headers={"accept-language": "zh"})
    assert answer.status_code == 404 and "已没有这个名称的快照" in answer.text


def test_hostile_addresses_stay_text(site):
    answer = site.get('/ui/list?stage="><script>alert(1)</script>&band=%27%20or%201=1--&page=-1')
    assert answer.status_code == 200 and "<script>" not in answer.text and "<b>0 users</b>" in answer.text
