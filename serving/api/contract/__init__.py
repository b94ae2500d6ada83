"""What the API takes and gives: requests, responses, errors."""
