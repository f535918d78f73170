"""What honest people and shops do that looks like an attack: the hard negatives of any fraud model."""

from simulator.stories.episode import Charge, Dice, Episode

_MALL = ("5814", "5812", "5651", "5541", "5912", "5732", "5411", "5814", "5651")
_DAILY = ("5411", "5812", "5814", "5541", "5912")
_AWAY = ("5812", "5814", "4111", "5651", "7011", "5541")
_IN_APP_USD = (0.99, 1.99, 2.99, 2.99, 4.99, 4.99, 9.99, 19.99)


def mall(dice: Dice) -> Episode:
    """A shopping trip: as fast as an attack, for usual things, on the usual phone."""
    times = dice.times(dice.number(3, 8), 8, dice.between(14, 120))
    return Episode([_purchase(dice, at, dice.one_of(_MALL), n) for n, at in enumerate(times)])


def transit(dice: Dice) -> Episode:
    """Fares: one after the other on a day out, or a family tapped through one gate."""
    fare, group = dice.between(1.6, 4.5), dice.chance(0.5)
    times = dice.times(dice.number(3, 6), 3, 9) if group else dice.times(dice.number(3, 6), 120, 1_200)
    return Episode([Charge(at, fare, "4111", 0 if group else n % 2) for n, at in enumerate(times)])


def in_app(dice: Dice) -> Episode:
    """A game on the holder's phone: small charges of one shop, some minutes long."""
    times = dice.times(dice.number(3, 9), 6, 90)
    return Episode([Charge(at, dice.one_of(_IN_APP_USD), "5815") for at in times])


def split_tender(dice: Dice) -> Episode:
    """One bill paid in parts, or shared on two cards."""
    mcc, parts = dice.one_of(("5812", "5732", "5651", "7011")), dice.number(2, 5)
    bill, second = max(40.0, 2 * dice.price(mcc)), dice.chance(0.5)
    return Episode(
        [
            Charge(at, bill / parts, mcc, card=1 if second and n % 2 else -1)
            for n, at in enumerate(dice.times(parts, 6, 45))
        ]
    )


def midnight_renewals(dice: Dice) -> Episode:
    """A shop charges its subscribers one after the other; some cards are out of date."""
    count, usd = dice.number(20, 90), dice.one_of((2.99, 4.99, 7.99, 9.99, 12.99))
    declines = dice.between(0.05, 0.2)
    times = dice.spread(count, dice.between(120, 900))
    return Episode(
        [Charge(at, usd, "5815", payer=n, declined=dice.chance(declines)) for n, at in enumerate(times)],
    )


def family_device(dice: Dice) -> Episode:
    """One tablet, several accounts and cards."""
    people = dice.number(2, 4)
    times = dice.times(dice.number(people, 10), 30, 600)
    return Episode(
        [
            _purchase(dice, at, dice.one_of(("5815", "5411", "5651", "5812")), n, payer=n % people)._replace(
                device=0, network=0
            )
            for n, at in enumerate(times)
        ]
    )


def corporate_card(dice: Dice) -> Episode:
    """A firm's card is filed at the accounts of its staff."""
    staff = dice.number(2, 6)
    times = dice.times(dice.number(staff, 10), 120, 900)
    return Episode(
        [
            _purchase(dice, at, dice.one_of(("4511", "7011", "5812", "5541", "4111")), n, payer=n % staff)._replace(
                card=0
            )
            for n, at in enumerate(times)
        ]
    )


def traveller(dice: Dice) -> Episode:
    """Abroad with the usual phone and card, an hour after the last coffee at home."""
    times = dice.times(dice.number(3, 8), 30, 500)
    home = [_purchase(dice, 0.0, "5814", 0)] if dice.chance(0.5) else []
    away = [_purchase(dice, 20 + at, dice.one_of(_AWAY), 1 + n)._replace(abroad=True) for n, at in enumerate(times)]
    return Episode([*home, *away])


def new_phone(dice: Dice) -> Episode:
    """A device nobody has seen, and everything else as ever."""
    times = dice.times(dice.number(2, 6), 40, 900)
    return Episode([_purchase(dice, at, dice.one_of(_DAILY), n)._replace(device=0) for n, at in enumerate(times)])


def carrier_nat(dice: Dice) -> Episode:
    """Many customers of a mobile carrier behind one address, each about something else."""
    count = dice.number(15, 60)
    return Episode(
        [
            _purchase(dice, at, dice.one_of(_MALL), n, payer=n)._replace(network=0)
            for n, at in enumerate(dice.spread(count, dice.between(200, 1_200)))
        ]
    )


def _purchase(dice: Dice, at: float, mcc: str, merchant: int, payer: int = 0) -> Charge:
    return Charge(at, dice.price(mcc), mcc, merchant, payer, habitual=True)
