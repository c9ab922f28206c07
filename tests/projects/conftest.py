import pytest

from tests import stories


@pytest.fixture
def house(db):
    return stories.make_house()


@pytest.fixture
def plan(house):
    return stories.draft_plan(house)


@pytest.fixture
def officer(client, house):
    """The client of the house's officer."""
    client.force_login(house.officer)
    return client


@pytest.fixture
def draft(house, plan):
    return stories.draft_project(house, plan)
