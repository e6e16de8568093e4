"""How many connections the pool opens, as the server refuses and takes them."""

from functions.adapters.smtp_pool_size import PAUSE_SECONDS_MAX, PoolSize, opened, refused


def test_pool_shrinks_to_what_works_and_grows_one_by_one() -> None:
    size = refused(PoolSize(16), 3, 100.0)
    assert (size.at(100.0), size.at(159.0), size.at(160.0)) == (3, 3, 4)
    size = opened(size, 4, 160.0)
    assert (size.at(160.0), size.at(220.0)) == (4, 5)


def test_each_refused_trial_makes_the_next_one_later() -> None:
    size, now, pauses = refused(PoolSize(16), 3, 0.0), 0.0, []
    for _ in range(6):
        pauses.append(size.grows_at - now)
        now = size.grows_at
        size = refused(size, 3, now)
    assert pauses == [60, 120, 240, 480, PAUSE_SECONDS_MAX, PAUSE_SECONDS_MAX]


def test_server_that_takes_none_says_nothing_about_the_number() -> None:
    assert refused(PoolSize(16), 0, 5.0) == PoolSize(16)


def test_pool_that_has_grown_to_its_maximum_forgets_the_limit() -> None:
    size = opened(refused(PoolSize(4), 3, 0.0), 4, 60.0)
    assert size == PoolSize(4)
