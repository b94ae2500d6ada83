"""Verification of exported runs and of assignments from elsewhere: what `holdfast verify` stands on."""
