"""Worlds whose truth is known: trials in which a contact works on whom the world's name says, to learn whom to contact.

A user has eight features, of which four make his risk of leaving and two nothing, and a worth if he stays, in money,
as skewed as spend is. The outcome is whether he stays. Half are contacted. What differs is the effect of a contact on
the probability of staying; its mean is about ten points in each world, which against the outcome's standard deviation
is as much as the men's mail did in Hillstrom's trial (visits +7.7 points; standard deviation .35 there, .46 here).
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import expit

TREATED = 0.5
FEATURES = 8


@dataclass(frozen=True)
class Trial:
    """By user. x: features. treated: 0 or 1. stays: the outcome, 0 or 1. effect: the truth."""

    x: np.ndarray
    risk: np.ndarray
    worth: np.ndarray
    treated: np.ndarray
    stays: np.ndarray
    effect: np.ndarray


WORLDS: dict[str, Callable] = {
    "effect by risk": lambda z, risk, worth: 0.235 * risk,
    "persuadables": lambda z, risk, worth: 0.24 * np.exp(-(((risk - 0.5) / 0.2) ** 2)),
    "lost causes": lambda z, risk, worth: 0.19 * expit((0.5 - risk) / 0.05),
    "sleeping dogs": lambda z, risk, worth: np.where(z[:, 4] > 0.5, -0.10, 0.22),
    "effect by value": lambda z, risk, worth: 0.22 * expit(2 * (np.log(worth) - 4)),
    "effect against risk": lambda z, risk, worth: 0.2 * (1 - risk),
    "effect by habit": lambda z, risk, worth: 0.11 + 0.11 * z[:, 5],
}


def no_effect(z: np.ndarray, risk: np.ndarray, worth: np.ndarray) -> np.ndarray:
    return np.zeros(len(z))


def trial(effect: Callable, users: int, seed: int) -> Trial:
    random = np.random.default_rng(seed)
    z = random.normal(size=(users, FEATURES))
    risk = expit(-0.4 + z[:, :4] @ np.array([0.9, 0.6, -0.5, 0.4]))
    worth = np.exp(4 + 0.6 * z[:, 2] + 0.3 * z[:, 6] + 0.5 * random.normal(size=users))
    true = np.clip(effect(z, risk, worth), risk - 0.99, risk)  # nobody stays more surely than surely
    treated = random.random(users) < TREATED
    stays = random.random(users) < 1 - risk + true * treated
    return Trial(z, risk, worth, treated * 1, stays * 1.0, true)
