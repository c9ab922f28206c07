import pytest

from tests import stories


@pytest.fixture
def house(db):
    return stories.make_house()


@pytest.fixture
def plan(house):
    return stories.draft_plan(house)


@pytest.fixture
def program(plan):
    return plan.program


@pytest.fixture
def reviewer(client, house):
    client.force_login(house.reviewer)
    return client
