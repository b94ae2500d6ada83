"""The pages under /ui: what operations staff look at, ask and act on, made on the server, in English and Chinese."""
