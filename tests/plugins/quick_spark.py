"""Spark for tests of small tables: it runs its queries as they stand, without making Java code of them first.

One session serves a process, with the settings that it began with. So every test that starts Spark asks for
`quick_spark`, or the first that does not makes all later ones slow; tests/features/engine/test_spark.py looks that it
is so.
"""

import pytest

INTERPRETED = {  # to compile a query of 200 features takes Java several times as long as to run it
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.adaptive.enabled": "false",
    "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1",
}


@pytest.fixture(scope="session")
def quick_spark(needs):
    """Spark is there, and begins with INTERPRETED."""
    needs("spark")
    from features.engine import spark_session

    usual = spark_session._beginning
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(spark_session, "_beginning", lambda config: usual(config) | INTERPRETED)
        yield INTERPRETED
