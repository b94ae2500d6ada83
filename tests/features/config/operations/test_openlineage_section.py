"""Where events go changes no result, and is nowhere by default."""


def test_where_events_go_changes_no_result_and_is_nowhere_by_default(config_of):
    told = config_of(openlineage={"url": "events.jsonl"})
    assert config_of().openlineage.url == "" and told.openlineage.url == "events.jsonl"
    assert told.hash() == config_of().hash() and told.model_hash() == config_of().model_hash()
