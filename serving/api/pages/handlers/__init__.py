"""One file a page: what it shows, from boards, manifest and snapshot."""
