"""What the remote lacks, or holds wrongly, is found and can be put back from a machine that has it."""

import re

from serving.remote.check import problems
from serving.remote.sync import push


def test_missing_and_wrong_objects_are_named_and_a_whole_store_puts_them_back(bucket, machine, snapshot):
    store = machine("a", snapshot("x", "one") | {"cards/v1": "card"})
    push(store, bucket.uri)
    assert problems(bucket.uri) == []
    objects = [key for key in bucket.names() if key.startswith("objects/")]
    bucket.drop(objects[0])
    bucket.write(objects[1], b"others")
    found = "\n".join(sorted(problems(bucket.uri)))
    assert re.search(f"{objects[0]}: is not there.*store push --whole", found)
    assert re.search(f"{objects[1]}: holds other bytes.*store push --whole", found)
    push(store, bucket.uri, whole=True)
    assert problems(bucket.uri) == []
    tree = next(key for key in bucket.names() if key.startswith("trees/"))
    bucket.drop(tree)
    assert re.search(f"{tree}: is not there", problems(bucket.uri)[0])
