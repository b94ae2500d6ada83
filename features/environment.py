"""Every environment variable that Holdfast, its tests or its benchmarks read or set, in one table.

docs/reference/environment.md follows from it; a test fails for a variable in the sources that is not here.
"""

from dataclasses import dataclass

SERVICE, ENGINES, TRAINING, TESTS = "The service", "Engines", "Training and MLflow", "Tests and benchmarks"
STORAGE, READ = "Object storage", ("features/places/surroundings.py",)
CONDITIONAL = "features/places/conditional.py"


@dataclass(frozen=True)
class Variable:
    """A variable. default: what holds where it is not set. where: the files that read or set it. set_by_us: Holdfast
    sets it for what it starts, where it is not set already."""

    name: str
    group: str
    meaning: str
    default: str
    where: tuple[str, ...]
    set_by_us: bool = False


# Who asks object storage, and where: nothing of it stands in holdfast.toml.
PLACES = (
    Variable(
        "AWS_ACCESS_KEY_ID",
        STORAGE,
        "whose key asks S3, with AWS_SECRET_ACCESS_KEY, which only Arrow's client reads",
        "what AWS_PROFILE or the machine's role says",
        READ,
    ),
    Variable("AWS_PROFILE", STORAGE, "a profile of ~/.aws/credentials, instead", "`default`", (*READ, CONDITIONAL)),
    Variable(
        "AWS_ENDPOINT_URL", STORAGE, "where S3 is spoken, such as `https://storage.example.com`", "Amazon's", READ
    ),
    Variable(
        "AWS_ENDPOINT_URL_S3", STORAGE, "the same, and it counts before AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL", READ
    ),
    Variable("AWS_REGION", STORAGE, "the region of the buckets", "AWS_DEFAULT_REGION, or found by the bucket", READ),
    Variable("AWS_DEFAULT_REGION", STORAGE, "the same where AWS_REGION is not set", "none", READ),
    Variable(
        "AWS_S3_ADDRESSING_STYLE",
        STORAGE,
        "`virtual`: the bucket stands in the host's name also at an endpoint of your own",
        "`path`",
        READ,
    ),
    Variable("AWS_SKIP_SIGNATURE", STORAGE, "`true`: nothing is signed, for public buckets", "signed", READ),
    Variable(
        "GOOGLE_APPLICATION_CREDENTIALS",
        STORAGE,
        "the file of a service account that asks Google's storage",
        "the machine's account",
        READ,
    ),
    Variable("STORAGE_EMULATOR_HOST", STORAGE, "a server that stands in for Google's storage", "Google's", READ),
    Variable(
        "AZURE_STORAGE_ACCOUNT_KEY",
        STORAGE,
        "the key of the account of an abfss:// address",
        "AZURE_STORAGE_SAS_TOKEN, or an identity",
        READ,
    ),
    Variable("AZURE_STORAGE_SAS_TOKEN", STORAGE, "a shared access signature, instead", "an identity", READ),
    Variable(
        "AZURE_CLIENT_ID",
        STORAGE,
        "an identity, with AZURE_TENANT_ID and AZURE_CLIENT_SECRET, which only Arrow's client reads",
        "the machine's",
        READ,
    ),
)
TABLE = (
    Variable(
        "HOLDFAST_API_KEYS",
        SERVICE,
        "who may ask the API, beside [api] keys: name:sha256:read+predict, … from `holdfast serve --new-key NAME`",
        "none; without any key only the machine itself is answered",
        ("serving/api/guard/keys.py", "serving/cli/demo/demo_keys.py"),
    ),
    Variable(
        "HOLDFAST_OIDC_SECRET",
        SERVICE,
        "the secret of [api.oidc] client_id, where the company's sign-in gave one",
        "none",
        ("serving/api/sign_in/oidc.py",),
    ),
    Variable(
        "HOLDFAST_CONFIG",
        SERVICE,
        "the holdfast.toml of a worker; a Bento has to be given it, `holdfast serve` gives it",
        "needed by a Bento",
        ("serving/api/service.py", "serving/api/start.py", "serving/api/workers.py"),
        set_by_us=True,
    ),
    Variable(
        "PYTHONPATH",
        SERVICE,
        "where Python looks for packages; a job that the pages start gets Holdfast's own folder before it",
        "none",
        ("serving/jobs/jobs.py",),
        set_by_us=True,
    ),
    Variable(
        "BENTOML_HOME",
        SERVICE,
        "where BentoML keeps files, among them the metrics that workers add up",
        "a folder of the port's own in the store",
        ("serving/api/start.py",),
        set_by_us=True,
    ),
    Variable(
        "BENTOML_DO_NOT_TRACK",
        SERVICE,
        "keeps BentoML from reporting how it is used; always set by `holdfast serve`",
        "True",
        ("serving/api/start.py", "tests/conftest.py"),
        set_by_us=True,
    ),
    Variable(
        "PROMETHEUS_MULTIPROC_DIR",
        SERVICE,
        "where workers add up their metrics; BentoML sets it",
        "none: one process counts for itself",
        ("serving/api/guard/metrics.py",),
    ),
    Variable(
        "OMP_NUM_THREADS",
        SERVICE,
        "threads of one prediction; requests side by side share the cores",
        "1 in a worker, else all cores",
        ("serving/api/workers.py", "tests/conftest.py"),
        set_by_us=True,
    ),
    Variable(
        "GLIBC_TUNABLES",
        SERVICE,
        "lets the C library keep DuckDB's small pieces of memory at hand",
        "glibc.malloc.tcache_count=4000 in a worker",
        ("serving/api/workers.py",),
        set_by_us=True,
    ),
    Variable(
        "SPARK_MASTER",
        ENGINES,
        "where Spark runs, before [engine] master",
        "[engine] master, else this machine",
        ("features/engine/spark_session.py",),
    ),
    Variable(
        "PYSPARK_SUBMIT_ARGS",
        ENGINES,
        "set by spark-submit, which then has chosen the master",
        "none",
        ("features/engine/spark_session.py",),
    ),
    Variable(
        "PYSPARK_GATEWAY_PORT",
        ENGINES,
        "set by spark-submit, which then has chosen the master",
        "none",
        ("features/engine/spark_session.py",),
    ),
    Variable(
        "SPARK_REMOTE",
        ENGINES,
        "a Spark Connect server, which then has chosen the master",
        "none",
        ("features/engine/spark_session.py",),
    ),
    Variable(
        "PYSPARK_PYTHON",
        ENGINES,
        "the Python of Spark's workers",
        "the one that runs Holdfast",
        ("features/engine/spark_session.py",),
        set_by_us=True,
    ),
    Variable(
        "JAVA_HOME",
        ENGINES,
        "the Java that Spark runs on",
        "`java` on the PATH",
        ("features/engine/spark_session.py",),
    ),
    Variable("PATH", ENGINES, "where `java` is looked for", "none", ("features/engine/spark_session.py",)),
    Variable(
        "MLFLOW_TRACKING_URI",
        TRAINING,
        "the MLflow server that keeps runs and models",
        "a sqlite file in the store",
        ("training/tracking/server.py", "training/mlflow_place.py", "tests/conftest.py"),
    ),
    Variable(
        "MLFLOW_HTTP_REQUEST_MAX_RETRIES",
        TRAINING,
        "how often MLflow tries again where its server does not answer",
        "2",
        ("training/tracking/server.py",),
        set_by_us=True,
    ),
    Variable(
        "MLFLOW_DISABLE_TELEMETRY",
        TRAINING,
        "keeps MLflow from reporting how it is used",
        "true",
        ("training/tracking/server.py", "tests/conftest.py"),
        set_by_us=True,
    ),
    Variable(
        "OMP_WAIT_POLICY",
        TRAINING,
        "what idle threads of training do: PASSIVE ones leave their core to others",
        "PASSIVE",
        ("training/__init__.py",),
        set_by_us=True,
    ),
    Variable(
        "OPENLINEAGE_URL",
        SERVICE,
        "where jobs tell what they read and wrote, where openlineage.url does not say",
        "nowhere",
        ("serving/lineage/emit.py",),
    ),
    Variable(
        "OPENLINEAGE_API_KEY",
        SERVICE,
        "whose key that is told with",
        "none",
        ("serving/lineage/emit.py",),
    ),
    Variable(
        "HOLDFAST_DATA",
        TESTS,
        "the folder of the real logs",
        "../shared/data",
        ("tests/conftest.py", "benchmarks/cdnow.toml"),
    ),
    Variable(
        "HOLDFAST_REQUIRE",
        TESTS,
        "what a test may not be skipped for, such as `java data`: a skip becomes a failure",
        "nothing",
        ("tests/conftest.py",),
    ),
    Variable(
        "HOLDFAST_EXAMPLES",
        TESTS,
        "how many requests schemathesis makes of each operation",
        "60",
        ("tests/serving/api/test_described.py",),
    ),
    Variable(
        "HOLDFAST_NOTEBOOKS",
        TESTS,
        "`no`: `make site` shows notebooks as they stand, without running them",
        "they are run",
        ("docs/make/site.py",),
    ),
    Variable("CI", TESTS, "the same random examples at every run", "none", ("tests/conftest.py",)),
    Variable("MPLBACKEND", TESTS, "pictures without a screen", "Agg", ("tests/conftest.py",), set_by_us=True),
    *PLACES,
)
NAMES = frozenset(one.name for one in TABLE)
