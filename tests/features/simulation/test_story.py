from features.simulation import story


def test_two_contacts_never_overlap():
    assert story.CONTACT_DAYS < story.CAMPAIGN_GAP


def test_every_channel_has_a_rate_and_a_hazard_and_the_new_one_is_the_last():
    assert len(story.CHANNELS) == len(story.CHANNEL_RATE) == len(story.CHANNEL_HAZARD)
    assert story.CHANNELS.index(story.NEW_CHANNEL) == len(story.CHANNELS) - 1  # or the old ones would be drawn anew
