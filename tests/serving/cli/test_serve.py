"""The verb only makes a key where one is asked for, and nothing is started."""


def test_a_new_key_is_made_without_a_configuration(holdfast, monkeypatch):
    from serving.api import start

    monkeypatch.setattr(start, "start", lambda *_: 1 / 0)
    done = holdfast("serve", "--new-key", "ann", "--scopes", "view")
    assert done.code == 0 and "ann" in done.out
