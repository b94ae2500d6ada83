"""The numbers of the simulation's story, which `features.simulate` tells."""

import numpy as np

BLOCK = 5_000  # users drawn from one random stream; chunks hold whole blocks, so a chunk's size changes nothing
COOLED, LEAVE, COMPLAIN, RESOLVE, COMPLAINT_EFFECT = 0.3, 1 / 30, 0.003, 1 / 12, 3.0
CAMPAIGN_GAP, CONTACTED, OPT_OUT = 21, 0.5, 0.01
CONTACT_DAYS, CONTACT_EFFECT = 14, 0.7  # shorter than the gap, so that two contacts never overlap
CHANNELS = ("organic", "ads", "referral", "partner", "social")
NEW_CHANNEL, NEW_AMOUNT = (
    "social",
    0.6,
)  # of newcomers and nobody else; what they spend on an order is so much of others'
CHANNEL_RATE, CHANNEL_HAZARD = np.array([1.1, 0.7, 1.3, 0.9, 0.8]), np.array([1.0, 1.6, 0.7, 1.2, 2.5])
MINUTE, HOUR, DAY = 60_000_000, 3_600_000_000, 86_400_000_000  # microseconds, like every time here
UNTIL = ".until"  # hidden, so that nothing takes it for a table; beside the tables: the day with which the logs end
NEVER = np.iinfo(np.int64).max // DAY * DAY
