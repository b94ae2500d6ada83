"""The demo's configuration: an operator finds every setting of the pages in it, and it is read as it stands."""

from features.config import load
from features.simulate import TABLES
from serving.cli.demo.demo_config import CONFIG, HEAD


def test_it_reads_every_simulated_table_but_the_truth_and_has_what_pages_need(tmp_path):
    assert CONFIG.startswith(HEAD)
    (tmp_path / "holdfast.toml").write_text(CONFIG, encoding="utf-8")
    config = load(tmp_path / "holdfast.toml")
    assert set(config.tables) == set(TABLES) - {"truth"}
    assert len(config.private_domain.steps) == 5 and config.funnel.steps and config.community.post
    assert config.level and config.tag and config.goal and config.play
