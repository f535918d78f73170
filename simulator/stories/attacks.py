"""What thieves do, each time a little differently.

The shapes are those of the card schemes' and the regulators' typologies: enumeration (Visa's account-testing guidance),
cash-out after a test, bust-out, takeover, one card sold to many, and mules.
"""

from simulator.stories.episode import Charge, Dice, Episode

_TESTED_AT = ("5815", "5815", "5815", "5814", "4111", "5411")
_CASHED_AT = ("5732", "5732", "4511", "5651", "7011")
_ANYWHERE = ("5411", "5812", "5541", "5912", "5651", "5732", "5815", "7011")


def card_testing(dice: Dice) -> Episode:
    """A stolen card is tried with small charges some seconds apart, then used."""
    device, network, mcc = 0, 0, dice.one_of(_TESTED_AT)
    declines = dice.between(0.0, 0.5)
    times = dice.times(dice.number(4, 12), 3, 18)
    usd, varies = dice.between(0.4, 2.5), dice.chance(0.5)
    tests = [
        Charge(
            at,
            usd * (dice.between(0.5, 1.6) if varies else 1),
            mcc,
            dice.number(0, 2) if varies else 0,
            device=device,
            network=network,
            declined=dice.chance(declines),
        )
        for at in times
    ]
    pause = dice.between(3, 40) if dice.chance(0.5) else dice.between(40, 900)
    cash = Charge(times[-1] + pause, dice.between(150, 6_000), dice.one_of(_CASHED_AT), 3)
    return Episode([*tests, cash._replace(device=device, network=network)] if dice.chance(0.8) else tests)


def slow_testing(dice: Dice) -> Episode:
    """As card testing, but slow enough for a count of one minute; then the card is emptied."""
    mcc, usd = dice.one_of(_TESTED_AT), dice.between(0.5, 1.9)
    times = dice.times(dice.number(5, 14), 21, 240)
    last = times[-1] + dice.between(25, 900)
    tests = [Charge(at, usd, mcc, device=0, network=0, declined=dice.chance(0.2)) for at in times]
    takings = [
        Charge(last + 40 * n, dice.between(300, 5_000), dice.one_of(_CASHED_AT), 1 + n, device=0, network=0)
        for n in range(dice.number(1, 3))
    ]
    return Episode([*tests, *takings])


def distributed_testing(dice: Dice) -> Episode:
    """The numbers of an issuer are guessed, a charge a card, from a pool of devices at a merchant or two."""
    cards = dice.number(30, 200)
    devices, networks, merchants = dice.number(1, 20), dice.number(1, 8), dice.number(1, 3)
    declines, mcc = dice.between(0.5, 0.95), dice.one_of(_TESTED_AT)
    charges = [
        Charge(
            at,
            dice.between(0.3, 4.9),
            mcc,
            dice.number(0, merchants - 1),
            payer=card,
            device=dice.number(0, devices - 1),
            network=dice.number(0, networks - 1),
            declined=dice.chance(declines),
        )
        for card, at in enumerate(dice.spread(cards, dice.between(60, 900)))
    ]
    return Episode(charges, one_bin=True)


def account_takeover(dice: Dice) -> Episode:
    """Somebody else uses the account, on a device it has not seen, for amounts like the holder's or rather more."""
    times = dice.times(dice.number(3, 8), 30, 420)
    abroad, factor = dice.chance(0.4), dice.between(1.0, 8.0)
    charges = [
        Charge(at, factor * dice.price(mcc), mcc, n, device=dice.number(0, 1), network=0, habitual=True, abroad=abroad)
        for n, at in enumerate(times)
        for mcc in (dice.one_of(_CASHED_AT),)
    ]
    return Episode(charges)


def bust_out(dice: Dice) -> Episode:
    """A holder, or who took the holder's name, spends a fresh limit at once and never pays it back."""
    times = dice.times(dice.number(8, 25), 45, 300)
    usd = dice.between(800, 4_900)
    return Episode(
        [Charge(at, usd * dice.between(0.7, 1.0), dice.one_of(_CASHED_AT), n % 6) for n, at in enumerate(times)]
    )


def card_spread(dice: Dice) -> Episode:
    """One stolen card is filed at many accounts, each of which pays with it once or twice."""
    accounts = dice.number(5, 30)
    charges = [
        Charge(
            at, dice.price(mcc), mcc, n, payer=1 + n % accounts, card=0, device=n % accounts, network=dice.number(0, 4)
        )
        for n, at in enumerate(dice.spread(accounts + dice.number(0, accounts), dice.between(600, 3_300)))
        for mcc in (dice.one_of(_ANYWHERE),)
    ]
    return Episode(charges)


def mule(dice: Dice) -> Episode:
    """Several victims are made to pay one receiver; what came in goes out again within the hour."""
    victims = dice.number(4, 12)
    into = [
        Charge(at, dice.between(200, 1_500), "5732", payer=1 + n)
        for n, at in enumerate(dice.spread(victims, dice.between(600, 2_400)))
    ]
    gone = into[-1].at + dice.between(30, 300)
    out = [
        Charge(gone + after, dice.between(1_500, 4_900), dice.one_of(_CASHED_AT), 1 + n, device=0, network=0)
        for n, after in enumerate(dice.times(dice.number(3, 6), 20, 180))
    ]
    return Episode([*into, *out])
