"""Of a failure the root is told, in one line, however much of Java and Python lies around it."""

import pytest

from features.engine.spark_failure import MOST, reporting_errors, root, told
from features.errors import BadInput

FILE = """An error occurred while calling o102.collectToPython.
: org.apache.spark.SparkException: [FAILED_READ_FILE.FILE_NOT_EXIST] Encountered error while reading file file:/store/p.
File does not exist. SQLSTATE: KD001
\tat org.apache.spark.sql.errors.QueryExecutionErrors$.fileNotExistError(QueryExecutionErrors.scala:824)
Caused by: java.io.FileNotFoundException: File file:/store/p.parquet does not exist
\tat java.base/java.lang.Thread.run(Thread.java:840)
"""
PYTHON = """
  An exception was thrown from the Python worker. Please see the stack trace below.
Traceback (most recent call last):
  File "/code/rows.py", line 23, in rows
    raise {error}("{what}")
{error}: {what}

org.apache.spark.SparkException: Job aborted due to stage failure: Task 1 in stage 4.0 failed 4 times, most recent \
failure: Lost task 1.3 in stage 4.0 (TID 18) (10.0.0.3 executor 1): org.apache.spark.api.python.PythonException: \
Traceback (most recent call last):
  File "/code/rows.py", line 23, in rows
    raise {error}("{what}")
{error}: {what}

\tat org.apache.spark.api.python.BasePythonRunner$ReaderIterator.handlePythonException(PythonRunner.scala:581)
"""
LOST = """An error occurred while calling o172.parquet.
: org.apache.spark.SparkException: Job aborted due to stage failure: Task 0 in stage 7.0 failed 4 times, most recent \
failure: Lost task 0.3 in stage 7.0 (TID 42) (10.0.0.3 executor 0): java.io.IOException: No space left on device
\tat org.apache.hadoop.fs.ChecksumFileSystem.create(ChecksumFileSystem.java:715)
"""
REFUSED = """[TABLE_OR_VIEW_NOT_FOUND] The table or view `nowhere` cannot be found. SQLSTATE: 42P01; line 1 pos 14;
'Project [*]

org.apache.spark.sql.AnalysisException: [TABLE_OR_VIEW_NOT_FOUND] The table or view `nowhere` cannot be found.
\tat org.apache.spark.sql.catalyst.analysis.package$AnalysisErrorAt.tableNotFound(package.scala:91)
"""


@pytest.mark.parametrize(
    "text, expected",
    [
        (FILE, "FileNotFoundException: File file:/store/p.parquet does not exist"),
        (PYTHON.format(error="ValueError", what="no such tier"), "ValueError: no such tier"),
        (LOST, "IOException: No space left on device"),
        (REFUSED, "AnalysisException: [TABLE_OR_VIEW_NOT_FOUND] The table or view `nowhere` cannot be found."),
        ("org.apache.spark.SparkException: Job 3 cancelled", "Job 3 cancelled"),
        ("something\nelse", "something"),
        ("", "it told no cause"),
    ],
)
def test_the_root_of_a_trace_is_told(text, expected):
    assert root(text) == expected
    assert told(text) == f"engine.kind: Spark failed: {expected}"


def test_what_our_own_code_says_on_an_executor_is_told_as_here():
    assert (
        told(PYTHON.format(error="features.errors.BadInput", what="/store/x: not there; cure"))
        == "/store/x: not there; cure"
    )


def test_a_cause_of_many_words_is_cut():
    assert len(root(f"org.apache.spark.SparkException: {'x' * 5000}")) < MOST + 5


def test_other_errors_pass(needs):
    needs("spark")
    from pyspark.errors import AnalysisException

    with pytest.raises(BadInput, match=r"^engine.kind: Spark failed: no such view$"), reporting_errors():
        raise AnalysisException("no such view")
    with pytest.raises(KeyError), reporting_errors():
        raise KeyError("ours")
