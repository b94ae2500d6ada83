"""Layers: each group's count is the length of its list, and a portrait's shares add up."""

import re

import pytest

from serving.reports.layers import layered

EN = {"accept-language": "en"}


@pytest.fixture(scope="module")
def counted(store):
    return layered(store.base, None, store.config.store_path / "layers")


def test_groups_lead_to_their_users(site, counted):
    text = site.get("/ui/layers", headers=EN).text
    users = counted.users
    links = re.findall(r'<a href="(/ui/layers/[^"]*)">([\d,]+)</a>', text)
    assert len(links) == sum(len(layer.groups) for layer in counted.layers)
    assert sum(int(n.replace(",", "")) for _, n in links) == len(counted.layers) * len(users)
    address, number = max(links, key=lambda one: int(one[1].replace(",", "")))
    page = site.get(address, headers=EN).text
    assert f"<b>{number} users</b>" in page and len(re.findall(r'href="/ui/users/', page)) == 50


def test_a_group_that_is_none_is_said(site, counted):
    assert site.get("/ui/layers/rfm/nobody%22%3E").status_code == 404
    assert site.get("/ui/layers/user_id/1").status_code == 404


def test_a_portrait_holds_a_stage_against_everybody(site, store, counted):
    text = site.get("/ui/layers?stage=at_risk", headers=EN).text
    assert "Portrait: at risk" in text
    there = sum(row["stage"] == "at_risk" for row in store.snapshot.table(["stage"]).to_pylist())
    rows = re.findall(r"<tr><td>Channel</td><th scope=\"row\">.*?</th><td class=\"num\">([\d,]+)</td>", text)
    assert sum(int(one.replace(",", "")) for one in rows) == there


def test_before_they_are_counted_the_page_says_how(view, tmp_path, monkeypatch):
    from serving.api.pages.handlers import layers

    monkeypatch.setattr(layers, "FOLDER", tmp_path)
    assert "run holdfast layers" in layers.layers(view()).body.decode()
