"""Whether what is served can still be trusted: fresh data, steady inputs and scores, and what came true."""
