"""What is said of a route."""

from serving.api.routes.route import GET, POST, READ, Route


def test_it_is_asked_by_its_path_where_no_example_is_given():
    assert Route("/v1/a", GET, READ, "A.").example == "/v1/a"
    assert Route("/v1/{b}", GET, READ, "B.", sample="/v1/1").example == "/v1/1"


def test_a_caller_uses_the_first_of_its_methods():
    assert (Route("/", GET, READ, "").verb, Route("/", POST, READ, "").verb) == ("GET", "POST")
