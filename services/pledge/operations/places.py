"""Which area somebody means by a borough, a postcode, or both: decided here once, worded by each door in its own way."""

from enum import Enum

from shared.reference.areas import NOT_SAID, resolve_area
from shared.reference.postcodes import Postcodes


class Doubt(Enum):
    """Why no area can be told from what was given."""

    NO_AREA = "that is no area of ours"
    NO_POSTCODE = "that is no full postcode"
    NOT_LONDON = "a postcode, but none that we know in London"
    WHICH_ONE = "a borough and a postcode that differ"


def area_meant(area: str, postcode: str, postcodes: Postcodes) -> str | Doubt:
    """The area's code; `""` stands for what was not given. The postcode is looked up and forgotten."""
    said = resolve_area(area) if area else NOT_SAID
    if said is None:
        return Doubt.NO_AREA
    if not postcode:
        return said
    found = postcodes.area_of(postcode)
    if found is None:
        return Doubt.NOT_LONDON if postcodes.is_postcode(postcode) else Doubt.NO_POSTCODE
    return found if said in (NOT_SAID, found) else Doubt.WHICH_ONE
