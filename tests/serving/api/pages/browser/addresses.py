"""Where the pages are: what tests look at, one by one."""

# Addresses of each page; what stands in braces is the world's.
ADDRESSES = {
    "/ui/login": ("/ui/login",),
    "/ui": ("/ui",),
    "/ui/flow": ("/ui/flow", "/ui/flow?all=1"),
    "/ui/cells": ("/ui/cells?band=high&stay=high",),
    "/ui/users": ("/ui/users", "/ui/users?q=nobody"),
    "/ui/users/{user_id}": ("/ui/users/{user}", "/ui/users/{unscored}"),
    "/ui/layers": ("/ui/layers",),
    "/ui/layers/{layer}/{group}": ("/ui/layers/{layer}/{group}",),
    "/ui/funnel": ("/ui/funnel",),
    "/ui/retention": ("/ui/retention",),
    "/ui/channels": ("/ui/channels",),
    "/ui/community": ("/ui/community",),
    "/ui/model": ("/ui/model",),
    "/ui/list": ("/ui/list?stage=at_risk",),
    "/ui/campaigns": ("/ui/campaigns",),
    "/ui/campaigns/new": ("/ui/campaigns/new?stage=at_risk",),
    "/ui/campaigns/{run}": ("/ui/campaigns/{run}", "/ui/campaigns/none"),
    "/ui/campaigns/{run}/people": ("/ui/campaigns/{run}/people",),
    "/ui/campaigns/{run}/play/{play}": ("/ui/campaigns/{run}/play/perks",),
    "/ui/verification": ("/ui/verification",),
    "an error": ("/ui/nowhere", "/ui/list?stage=at_risk&at=none"),
}
MISSING = ("/ui/users?q=nobody", "/ui/campaigns/none", *ADDRESSES["an error"])  # answered 404, which a browser tells of
NO_PAGES = {"/ui/static/{file}", "/ui/list/{kind}", "/ui/campaigns/{run}/files/{export}/{number}"}  # files
NO_PAGES |= {"/ui/login/oidc", "/ui/login/oidc/back"}  # lead elsewhere
