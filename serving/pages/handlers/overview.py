"""The overview: five tiles, the stages, early warnings, and whom it is most worth to keep."""

from collections.abc import Callable
from dataclasses import dataclass

import pyarrow as pa
from starlette.responses import Response

from features.config.stage_rules import LAPSED_STAGES
from serving.charts.bars import stacked
from serving.pages.history import Past, history
from serving.pages.people import Filter, first, sums
from serving.pages.view import View

HEALTHY = ("loyal", "active")
