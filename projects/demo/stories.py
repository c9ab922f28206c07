"""All stories of the demo, oldest bodies first."""

from projects.demo import ba_ria_vung_tau, regional_centre, soc_trang, tra_vinh, vinh_long, vinh_long_2016
from projects.demo.cast import Cast

STORIES = (soc_trang, vinh_long_2016, regional_centre, tra_vinh, ba_ria_vung_tau, vinh_long)


def tell(cast: Cast):
    for story in STORIES:
        story.tell(cast)
